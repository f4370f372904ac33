# A derivation of one of bootflake's built-in builders, for evaluations in which the package set is nixpkgs'.
{ lib }:

let
  revisions = import ../distro/pkgs/builder-revisions.nix;
in
builder: args:
derivation (
  {
    system = "builtin";
    builder = "builtin:${builder}";
    __structuredAttrs = true;
  }
  // lib.optionalAttrs (revisions ? ${builder}) { builderRevision = revisions.${builder}; }
  // args
)
