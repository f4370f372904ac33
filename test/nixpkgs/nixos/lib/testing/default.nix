# NixOS's tests: a module, and the modules that make a derivation of it.
{ lib }:
let
  modules = [ ./driver.nix ./interactive.nix ./nodes.nix ./run.nix ];
in
{
  runTest = module: (lib.evalModules { class = "nixosTest"; modules = modules ++ [ module ]; }).config.test;
}
