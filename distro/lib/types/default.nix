# The types of options. A type checks and merges definitions; see base.nix for its parts.
{ lib }:

let
  part = file: import file { inherit lib; };
  base = part ./base.nix;
  types =
    part ./scalars.nix
    // part ./collections.nix
    // part ./sums.nix
    // part ./submodules.nix
    // { inherit (base) mkOptionType optionType isType setType isOptionType optionDescriptionPhrase defaultTypeMerge defaultFunctor; inherit types; };
in
types
