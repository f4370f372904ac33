# Types that are one of several, and types with a condition.
{ lib }:

let
  inherit (builtins) all elem foldl' head isList length tail;
  inherit (lib.options) mergeEqualOption mergeOneOption mergeUniqueOption;
  inherit (import ./base.nix { inherit lib; }) mkOptionType defaultFunctor elemTypeFunctor identityMerge optionDescriptionPhrase;

  identityIf = cond: merge: if cond then identityMerge merge else merge;

  showEnum = v:
    if builtins.isString v then ''"${v}"''
    else if builtins.isInt v then toString v
    else if builtins.isBool v then lib.boolToString v
    else "<${builtins.typeOf v}>";

  sums = rec {
    enum = values:
      let
        ordered = lib.unique values;
        n = length ordered;
      in
      mkOptionType {
        name = "enum";
        description =
          if n == 0 then "impossible (empty enum)"
          else if n == 1 then "value ${showEnum (head ordered)} (singular enum)"
          else "one of ${builtins.concatStringsSep ", " (map showEnum ordered)}";
        descriptionClass = if n < 2 then "noun" else "conjunction";
        check = x: elem x values;
        merge = identityMerge mergeEqualOption;
        functor = defaultFunctor "enum" // {
          payload = { inherit values; };
          type = payload: enum payload.values;
          binOp = a: b: { values = lib.unique (a.values ++ b.values); };
        };
      };

    nullOr = elemType: mkOptionType {
      name = "nullOr";
      description = "null or ${optionDescriptionPhrase (class: class == "noun" || class == "conjunction") elemType}";
      descriptionClass = "conjunction";
      check = x: x == null || elemType.check x;
      merge = identityIf (elemType.merge ? identity) (loc: defs:
        let nulls = lib.count (d: d.value == null) defs;
        in
        if nulls == length defs then null
        else if nulls != 0 then
          throw "The option `${lib.showOption loc}' is defined both null and not null, in ${lib.showFiles (lib.options.getFiles defs)}."
        else elemType.merge loc defs);
      emptyValue = { value = null; };
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = m: nullOr (elemType.substSubModules m);
      functor = elemTypeFunctor "nullOr" { inherit elemType; };
      nestedTypes.elemType = elemType;
    };

    either = t1: t2: mkOptionType {
      name = "either";
      description =
        let
          simple = class: class == "noun" || class == "conjunction";
        in
        if t1.descriptionClass or null == "nonRestrictiveClause"
        then "${t1.description}, or ${optionDescriptionPhrase simple t2}"
        else "${optionDescriptionPhrase simple t1} or ${optionDescriptionPhrase (class: class == "noun" || class == "conjunction" || class == "composite") t2}";
      descriptionClass = "conjunction";
      check = x: t1.check x || t2.check x;
      merge = identityIf (t1.merge ? identity && t2.merge ? identity) (loc: defs:
        if all (d: t1.check d.value) defs then t1.merge loc defs
        else if all (d: t2.check d.value) defs then t2.merge loc defs
        else lib.modules.errors.conflict loc defs);
      typeMerge = other:
        let
          left = t1.typeMerge (head other.wrapped).functor;
          right = t2.typeMerge (head (tail other.wrapped)).functor;
        in
        if other.name == "either" && left != null && right != null then either left right else null;
      functor = defaultFunctor "either" // { wrapped = [ t1 t2 ]; type = ts: either (head ts) (head (tail ts)); };
      nestedTypes = { left = t1; right = t2; };
    };

    oneOf = types:
      if types == [ ] then throw "List given to types.oneOf must not be empty"
      else foldl' either (head types) (tail types);

    /* Values of `coercedType` are turned into `finalType`'s by the function. */
    coercedTo = coercedType: coerce: finalType:
      assert lib.assertMsg (coercedType.getSubModules or null == null)
        "coercedTo: coercedType must not have submodules (it's a ${coercedType.description})";
      mkOptionType {
        name = "coercedTo";
        description = "${optionDescriptionPhrase (class: class == "noun") finalType} or ${optionDescriptionPhrase (class: class == "noun") coercedType} convertible to it";
        check = x: if coercedType.check x then finalType.check (coerce x) || finalType.check x else finalType.check x;
        merge = loc: defs:
          finalType.merge loc (map (d: if coercedType.check d.value then d // { value = coerce d.value; } else d) defs);
        inherit (finalType) emptyValue getSubOptions getSubModules;
        substSubModules = m: coercedTo coercedType coerce (finalType.substSubModules m);
        typeMerge = _: null;
        functor = defaultFunctor "coercedTo" // { wrapped = finalType; };
        nestedTypes = { inherit coercedType finalType; };
      };

    /* One definition only, with a message to those who give more. */
    unique = { message }: type: mkOptionType {
      name = "unique";
      inherit (type) description descriptionClass check emptyValue getSubOptions getSubModules;
      merge = mergeUniqueOption { inherit message; inherit (type) merge; };
      substSubModules = m: unique { inherit message; } (type.substSubModules m);
      functor = defaultFunctor "unique" // { wrapped = type; type = unique { inherit message; }; };
      nestedTypes.elemType = type;
    };
    uniq = unique { message = ""; };

    addCheck = type: check: type // {
      check = x: type.check x && check x;
      substSubModules = m: addCheck (type.substSubModules m) check;
    };
  };
in
sums
