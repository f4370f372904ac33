# The types of options. A type checks and merges definitions; see base.nix for its parts.
{ lib }:

let
  part = file: import file { inherit lib; };
  base = part ./base.nix;
in
part ./any.nix
// part ./numbers.nix
// part ./strings.nix
// part ./paths.nix
// part ./packages.nix
// part ./lists.nix
// part ./attrs.nix
// part ./attr-list.nix
// part ./attr-tag.nix
// part ./functions.nix
// part ./sums.nix
// part ./conditions.nix
// part ./submodules.nix
// part ./declarations.nix
// part ./serializable.nix
// {
  inherit (base)
    mkOptionType
    isType
    setType
    isOptionType
    optionDescriptionPhrase
    defaultTypeMerge
    defaultFunctor
    mergeTypes
    ;
  inherit (lib) types;
}
