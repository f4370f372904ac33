# What a module of a tree defines counts where its condition holds: an option that does not exist is an error then.
let
  lib = import ../../../distro/lib;
  from = import ../../../distro/nixos/lib/from-nixpkgs.nix { inherit lib; } ./nixpkgs-tree;
in
(import ./system.inc { imports = [ from ]; services.older.enable = true; }).checked
