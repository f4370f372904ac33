# Types of paths, and of sets of files.
{ lib }:

let
  inherit (builtins) isString substring;
  inherit (import ./base.nix { inherit lib; }) mkOptionType defaultFunctor identityMerge ownMerge;

  inStore' = path: lib.path.hasStorePathPrefix (/. + builtins.unsafeDiscardStringContext path);
  # Paths go to files of lines, where what follows a line break would be a line of its own.
  isOneLine = text: builtins.match "[^\n]*" text != null;
in
rec {
  /* inStore, absolute: true, false, or null where both may be. */
  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    lib.throwIf
      (inStore == true && absolute == false)
      "In pathWith, inStore means the path must be absolute"
      mkOptionType
      {
        name = "path";
        description =
          (if absolute == null then "" else if absolute then "absolute " else "relative ")
          + "path"
          + (
            if inStore == null then
              ""
            else if inStore then
              " in the Nix store"
            else
              " not in the Nix store"
          );
        descriptionClass = "noun";
        check =
          x:
          # A value of type path could be copied to the store later on.
          (
            if inStore == false then isString x else isString x || lib.isStringLike x
          )
          && (
            let
              text = toString x;
            in
            isOneLine text
            && (absolute == null || (substring 0 1 text == "/") == absolute)
            && (inStore == null || inStore' text == inStore)
          );
        merge = identityMerge lib.options.mergeEqualOption;
        functor = defaultFunctor "path" // {
          type = pathWith;
          payload = { inherit inStore absolute; };
          binOp = a: b: if a == b then a else null;
        };
      };

  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };

  fileset = mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = lib.fileset.isFileset;
    merge = ownMerge (_: defs: lib.fileset.unions (map (def: def.value) defs));
    emptyValue.value = lib.fileset.empty;
  };
}
