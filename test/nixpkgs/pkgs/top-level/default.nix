# The package set: stand-ins under nixpkgs' names, a standard environment over them, and the builders of small files.
{ system ? builtins.currentSystem, overlays ? [ ], config ? { } }:

let
  lib = import ../../lib;

  base = self: {
    inherit lib system config overlays;
    pkgs = self;
    path = ../..;
    callPackage = lib.callPackageWith self;
    linuxPackages = self.linuxPackages_5_15;
    linuxPackages_5_15 = { kernel = self.linux_5_15; };
    python3 = self.python310;
    testers.runNixOSTest = test: (import ../../nixos/lib/testing { inherit lib; }).runTest {
      imports = [ test ];
      hostPkgs = self;
    };
  };

  layers = [
    (import ../stand-ins { inherit lib system; })
    (import ../stdenv { inherit system; })
    (import ../build-support/trivial-builders.nix)
  ];
in
lib.fix (lib.foldl' (lower: layer: lib.extends layer lower) base (layers ++ overlays))
