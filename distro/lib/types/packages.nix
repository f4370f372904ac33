# Types of packages.
{ lib }:

let
  inherit (builtins) hasContext isPath isString;
  inherit (import ./base.nix { inherit lib; }) mkOptionType ownMerge;
in
rec {
  /* A derivation, or a store path; one without a context is made a set like a derivation. */
  package = mkOptionType {
    name = "package";
    descriptionClass = "noun";
    check = x: lib.isDerivation x || lib.isStorePath x;
    merge = ownMerge (
      loc: defs:
      let
        value = lib.options.mergeOneOption loc defs;
      in
      if isPath value || isString value && !hasContext value then lib.toDerivation value else value
    );
  };

  shellPackage = package // {
    check = x: lib.isDerivation x && x ? shellPath;
  };

  pkgs =
    lib.types.addCheck
      (
        lib.types.unique {
          message = "A Nixpkgs pkgs set can not be merged with another pkgs set.";
        } lib.types.attrs
        // {
          name = "pkgs";
          descriptionClass = "noun";
          description = "Nixpkgs package set";
        }
      )
      (x: x._type or null == "pkgs");
}
