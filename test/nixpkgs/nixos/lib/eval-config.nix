# A system from a list of modules.
{
  lib ? import ../../lib,
  system ? builtins.currentSystem,
  modules,
  specialArgs ? { },
  pkgs ? null,
}:

let
  evaluated = lib.evalModules {
    class = "nixos";
    specialArgs = { modulesPath = builtins.toString ../modules; } // specialArgs;
    modules = import ../modules/module-list.nix ++ modules ++ [
      {
        nixpkgs.hostPlatform = lib.mkDefault system;
        _module.args.pkgs = lib.mkIf (pkgs != null) (lib.mkForce pkgs);
      }
    ];
  };
in
evaluated // { inherit (evaluated._module.args) pkgs; inherit lib; }
