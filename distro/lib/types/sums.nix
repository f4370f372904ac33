# Types that are one of several.
{ lib }:

let
  inherit (builtins)
    all
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    head
    isBool
    isInt
    isString
    length
    map
    tail
    typeOf
    ;
  inherit (lib.modules.errors) neitherType;
  inherit (lib.modules.values) attempt mergeUnchecked;
  inherit (lib.options) mergeEqualOption mergeOneOption;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    defaultFunctor
    elemTypeFunctor
    checkedByMerge
    headErrorOf
    identityIf
    identityMerge
    mergeWithMeta
    optionDescriptionPhrase
    ;

  isSimple = class: class == "noun" || class == "conjunction";

  showChoice =
    v:
    if isString v then
      ''"${v}"''
    else if isInt v then
      toString v
    else if isBool v then
      lib.boolToString v
    else
      "<${typeOf v}>";
in
rec {
  enum =
    values:
    let
      n = length values;
    in
    mkOptionType {
      name = "enum";
      description =
        if n == 0 then
          "impossible (empty enum)"
        else if n == 1 then
          "value ${showChoice (head values)} (singular enum)"
        else
          "one of ${concatStringsSep ", " (map showChoice values)}";
      descriptionClass = if n < 2 then "noun" else "conjunction";
      check = x: elem x values;
      merge = identityMerge mergeEqualOption;
      functor = defaultFunctor "enum" // {
        payload = { inherit values; };
        type = payload: enum payload.values;
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${optionDescriptionPhrase isSimple elemType}";
      descriptionClass = "conjunction";
      check = x: x == null || elemType.check x;
      merge = identityIf (elemType.merge ? identity) (
        loc: defs:
        let
          nulls = filter (def: def.value == null) defs;
        in
        if nulls == [ ] then
          mergeUnchecked loc elemType defs
        else if length nulls == length defs then
          null
        else
          throw
            "The option `${lib.showOption loc}` is defined both null and not null, in ${lib.showFiles (lib.options.getFiles defs)}."
      );
      emptyValue.value = null;
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = m: nullOr (elemType.substSubModules m);
      functor = elemTypeFunctor "nullOr" { inherit elemType; };
      nestedTypes.elemType = elemType;
    };

  either =
    t1: t2:
    mkOptionType {
      name = "either";
      description =
        if t1.descriptionClass or null == "nonRestrictiveClause" then
          "${t1.description}, or ${optionDescriptionPhrase isSimple t2}"
        else
          "${optionDescriptionPhrase isSimple t1} or ${optionDescriptionPhrase (class: isSimple class || class == "composite") t2}";
      descriptionClass = "conjunction";
      check = checkedByMerge (x: t1.check x || t2.check x);
      merge =
        let
          merge = mergeWithMeta (
            { loc, defs }:
            let
              first = attempt loc t1 defs;
              second = attempt loc t2 defs;
              message = neitherType loc t1 t2 defs;
            in
            if first.headError == null then
              first
            else if second.headError == null then
              second
            else
              {
                headError = { inherit message; };
                # Reached only if no caller checked headError: the type is itself a freeformType.
                value = lib.warn ''
                  One or more definitions did not pass the type-check of the 'either' type.
                  ${message}
                  Where a `freeformType' is such a type it must be within an ${
                    "`attrsOf', as `types.attrsOf (types.either t1 t2)'."
                  }'' (mergeOneOption loc defs);
                valueMeta.headError = { inherit message; };
              }
          );
        in
        if t1.merge ? identity && t2.merge ? identity then merge // { identity = true; } else merge;
      typeMerge =
        other:
        let
          left = t1.typeMerge (head other.payload.elemType).functor;
          right = t2.typeMerge (elemAt other.payload.elemType 1).functor;
        in
        if other.name == "either" && left != null && right != null then either left right else null;
      functor = elemTypeFunctor "either" { elemType = [ t1 t2 ]; };
      nestedTypes = {
        left = t1;
        right = t2;
      };
    };

  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head types) (tail types);

  /* Values of `coercedType` are turned into `finalType`'s by the function. */
  coercedTo =
    coercedType: coerce: finalType:
    assert lib.assertMsg
      (coercedType.getSubModules or null == null)
      "coercedTo: coercedType must not have submodules (it's a ${coercedType.description})";
    let
      check = x: coercedType.check x && finalType.check (coerce x) || finalType.check x;
      # A type that checks as it merges has to be tried.
      isCoerced =
        loc: def:
        if coercedType.merge ? v2 then
          (attempt loc coercedType [ def ]).headError == null
        else
          coercedType.check def.value;
    in
    mkOptionType {
      name = "coercedTo";
      description = "${
        optionDescriptionPhrase (class: class == "noun") finalType
      } or ${optionDescriptionPhrase (class: class == "noun") coercedType} convertible to it";
      check = checkedByMerge check;
      merge = mergeWithMeta (
        { loc, defs }:
        let
          coerced = map (
            def: def // { value = if isCoerced loc def then coerce def.value else def.value; }
          ) defs;
        in
        if finalType.merge ? v2 then
          attempt loc finalType coerced
        else
          {
            headError = headErrorOf check loc defs;
            value = mergeUnchecked loc finalType coerced;
            valueMeta = { };
          }
      );
      inherit (finalType) emptyValue getSubOptions getSubModules;
      substSubModules = m: coercedTo coercedType coerce (finalType.substSubModules m);
      typeMerge = _: null;
      functor = defaultFunctor "coercedTo";
      nestedTypes = { inherit coercedType finalType; };
    };
}
