# Lists of values of another type.
{ lib }:

let
  inherit (builtins) all concatLists concatMap head isList length;
  inherit (lib.modules.resolve) resolve;
  inherit (lib.modules.values) mergeResolved metaOf;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    elemTypeFunctor
    optionDescriptionPhrase
    checkedByMerge
    headErrorOf
    mergeDirectly
    ;

  isBare = v: !(v ? _type);

  # What `f` makes of each element that is left after mkIf: loc -> definitions -> result.
  elements =
    f: loc: defs:
    let
      element =
        n: def: m: value:
        let
          found =
            (resolve [
              {
                inherit (def) file;
                from = def.from or null;
                at = def.at or (lib.last loc);
                inherit value;
              }
            ]).values;
        in
        if found == [ ] then
          [ ]
        else
          [ (f (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) found) ];
    in
    concatLists (concatLists (lib.imap1 (n: def: lib.imap1 (element n def) def.value) defs));
in
rec {
  listOf =
    elemType:
    mkOptionType {
      name = "listOf";
      description = "list of ${optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType}";
      descriptionClass = "composite";
      check = checkedByMerge isList;
      merge =
        mergeDirectly
          (
            loc: defs:
            # Elements that are values already need no merging of their own.
            if
              elemType.merge ? identity
              && all (def: all (x: isBare x && elemType.check x) def.value) defs
            then
              (if length defs == 1 then (head defs).value else concatMap (def: def.value) defs)
            else
              elements (at: mergeResolved at elemType) loc defs
          )
          (
            { loc, defs }:
            {
              headError = headErrorOf isList loc defs;
              value = elements (at: mergeResolved at elemType) loc defs;
              valueMeta.list = elements (at: metaOf at elemType) loc defs;
            }
          );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = m: listOf (elemType.substSubModules m);
      functor = elemTypeFunctor "listOf" { inherit elemType; };
      nestedTypes.elemType = elemType;
    };

  nonEmptyListOf =
    elemType:
    let
      list = lib.types.addCheck (listOf elemType) (l: l != [ ]);
    in
    list
    // {
      description = "non-empty ${optionDescriptionPhrase (class: class == "noun") list}";
      emptyValue = { };
      substSubModules = m: nonEmptyListOf (elemType.substSubModules m);
    };
}
