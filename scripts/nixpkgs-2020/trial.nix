# NixOS of October 2020 over stand-ins.
{ nixpkgs, debian }:
let
  lib = import (nixpkgs + "/lib");
  standIns = import ./stand-ins.nix { inherit lib debian; };
  pkgs = import nixpkgs {
    system = "x86_64-linux";
    stdenvStages = import ./stages.nix { inherit nixpkgs standIns; };
    overlays = [ ];
    config = { };
  };
  nixos =
    modules:
    import (nixpkgs + "/nixos/lib/eval-config.nix") {
      system = "x86_64-linux";
      inherit pkgs modules;
    };
in
{
  inherit pkgs standIns;
  system = nixos [
    ./configuration.nix
    ./machine.nix
    { _module.args = { inherit standIns; }; }
    (nixpkgs + "/nixos/modules/profiles/qemu-guest.nix")
  ];
}
