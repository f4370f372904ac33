let
  lib = import ../../../distro/lib;
in
(import ./system.inc { imports = [ (import ../../../distro/nixos/lib/from-nixpkgs.nix { inherit lib; } ../modules) ]; }).checked
