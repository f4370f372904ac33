# Functions that can be called again with other arguments, and sets made of them.
{ lib }:

let
  part = file: import file { inherit lib; };
in
part ./overridable.nix // part ./derivations.nix // part ./call-package.nix // part ./scopes.nix
