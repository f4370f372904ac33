# nixpkgs' names for Debian's packages.
{ lib, self, archive }:

let
  inherit (import ./combine.nix { inherit lib self archive; }) combine;
  table = import ./nixpkgs-names.nix;
  families = import ./versioned.nix { inherit lib self archive combine; };
  linux = import ./linux.nix { inherit lib self archive; };
in
builtins.mapAttrs (attr: names: combine attr (lib.toList names) { }) table // families // linux
