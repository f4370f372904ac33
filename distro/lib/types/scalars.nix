# Types of single values: strings, numbers, paths, packages.
{ lib }:

let
  inherit (builtins) all elem head isAttrs isBool isFloat isFunction isInt isList isPath isString length match stringLength;
  inherit (lib.options) mergeEqualOption mergeOneOption getValues;
  inherit (import ./base.nix { inherit lib; }) mkOptionType defaultFunctor identityMerge;

  equal = identityMerge mergeEqualOption;
  one = identityMerge mergeOneOption;

  scalar = name: description: check: mkOptionType {
    inherit name description check;
    descriptionClass = "noun";
    merge = equal;
  };

  # A type that is another one with a narrower check.
  narrow = type: name: description: check: mkOptionType {
    inherit name description;
    inherit (type) merge;
    check = x: type.check x && check x;
  };

  between = low: high:
    if low > high then throw "ints.between: lowest must be smaller than highest"
    else narrow scalars.int "intBetween" "integer between ${toString low} and ${toString high} (both inclusive)" (x: x >= low && x <= high);
  sized = name: bits: low: high:
    narrow scalars.int name "${toString bits} bit ${if low < 0 then "signed" else "unsigned"} integer; between ${toString low} and ${toString high} (both inclusive)"
      (x: x >= low && x <= high);

  joined = name: sep: merged: mkOptionType {
    inherit name;
    description = merged.description;
    descriptionClass = merged.descriptionClass or "noun";
    check = isString;
    merge = identityMerge (_: defs: builtins.concatStringsSep sep (getValues defs));
    functor = defaultFunctor name // {
      payload = { inherit sep; };
      type = payload: scalars.separatedString payload.sep;
      binOp = a: b: if a.sep == b.sep then { inherit (a) sep; } else null;
    };
  };

  scalars = rec {
    raw = mkOptionType {
      name = "raw";
      description = "raw value";
      descriptionClass = "noun";
      merge = one;
    };

    anything = mkOptionType {
      name = "anything";
      description = "anything";
      descriptionClass = "noun";
      merge = loc: defs:
        let
          kind = v:
            if isAttrs v && (v ? outPath || v ? __toString) then "coercible set"
            else if isAttrs v && v ? __functor then "lambda"
            else builtins.typeOf v;
          kinds = builtins.groupBy (d: kind d.value) defs;
          common = head (builtins.attrNames kinds);
        in
        if length (builtins.attrNames kinds) > 1 then
          throw "The option `${lib.showOption loc}' has conflicting option types in ${lib.showFiles (lib.options.getFiles defs)}"
        else if common == "set" then (lib.types.attrsOf anything).merge loc defs
        else if common == "lambda" then arg: anything.merge (loc ++ [ "<function body>" ]) (map (d: { inherit (d) file; value = d.value arg; }) defs)
        else if common == "coercible set" then mergeOneOption loc defs
        else mergeEqualOption loc defs;
    };

    unspecified = mkOptionType {
      name = "unspecified";
      description = "unspecified value";
      descriptionClass = "noun";
    };

    bool = scalar "bool" "boolean" isBool;
    boolByOr = bool // {
      name = "boolByOr";
      description = "boolean (merged using or)";
      merge = identityMerge (_: defs: builtins.any (d: d.value) defs);
    };

    int = scalar "int" "signed integer" isInt;
    ints = {
      inherit between;
      unsigned = narrow int "unsignedInt" "unsigned integer, meaning >=0" (x: x >= 0);
      positive = narrow int "positiveInt" "positive integer, meaning >0" (x: x > 0);
      u8 = sized "unsignedInt8" 8 0 255;
      u16 = sized "unsignedInt16" 16 0 65535;
      u32 = sized "unsignedInt32" 32 0 4294967295;
      s8 = sized "signedInt8" 8 (-128) 127;
      s16 = sized "signedInt16" 16 (-32768) 32767;
      s32 = sized "signedInt32" 32 (-2147483648) 2147483647;
    };
    port = narrow int "unsignedInt16" "16 bit unsigned integer; between 0 and 65535 (both inclusive)" (x: x >= 0 && x <= 65535);

    float = scalar "float" "floating point number" isFloat;
    number = lib.types.either int float;
    numbers = {
      between = low: high:
        if low > high then throw "numbers.between: lowest must be smaller than highest"
        else narrow number "numberBetween" "integer or floating point number between ${builtins.toJSON low} and ${builtins.toJSON high} (both inclusive)" (x: x >= low && x <= high);
      nonnegative = narrow number "numberNonnegative" "nonnegative integer or floating point number, meaning >=0" (x: x >= 0);
      positive = narrow number "numberPositive" "positive integer or floating point number, meaning >0" (x: x > 0);
    };

    str = scalar "str" "string" isString;
    nonEmptyStr = narrow str "nonEmptyStr" "non-empty string" (x: match "[ \t\n]*" x == null);
    singleLineStr = mkOptionType {
      name = "singleLineStr";
      description = "(optionally newline-terminated) single-line string";
      descriptionClass = "noun";
      check = x: isString x && match "[^\n\r]*\n?" x != null;
      merge = loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs);
    };
    strMatching = pattern: mkOptionType {
      name = "strMatching ${lib.strings.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      descriptionClass = "noun";
      check = x: isString x && match pattern x != null;
      merge = equal;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };
    passwdEntry = entryType: (lib.types.addCheck entryType (x: !(lib.hasInfix ":" x || lib.hasInfix "\n" x))) // {
      name = "passwdEntry ${entryType.name}";
      description = "${lib.types.optionDescriptionPhrase (class: class == "noun") entryType}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };

    separatedString = sep: joined "separatedString" sep {
      description = if sep == "" then "concatenated string" else "strings concatenated with ${builtins.toJSON sep}";
    };
    string = separatedString "";
    lines = separatedString "\n";
    commas = separatedString ",";
    envVar = separatedString ":";

    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      descriptionClass = "noun";
      check = isAttrs;
      merge = identityMerge (_: defs: builtins.foldl' (acc: d: acc // d.value) { } defs);
      emptyValue = { value = { }; };
    };

    # A store path given as a string becomes a derivation-like set.
    package = mkOptionType {
      name = "package";
      description = "package";
      descriptionClass = "noun";
      check = x: lib.isDerivation x || lib.isStorePath x;
      merge = loc: defs:
        let value = mergeOneOption loc defs;
        in if isPath value || isString value && !builtins.hasContext value then lib.toDerivation value else value;
    };
    shellPackage = package // {
      check = x: lib.isDerivation x && x ? shellPath;
    };
    pkgs = lib.types.addCheck
      (mkOptionType {
        name = "pkgs";
        description = "Nixpkgs package set";
        descriptionClass = "noun";
        merge = one;
      })
      (x: isAttrs x && x._type or null == "pkgs");

    path = pathWith { absolute = true; } // { name = "path"; functor = defaultFunctor "path"; };
    pathInStore = pathWith { inStore = true; } // { name = "pathInStore"; functor = defaultFunctor "pathInStore"; };
    externalPath = pathWith { absolute = true; inStore = false; } // { name = "externalPath"; functor = defaultFunctor "externalPath"; };
    pathWith = { inStore ? null, absolute ? null }@payload:
      let
        rightPlace = s: inStore == null || (match "/nix/store/[^.].*" s != null) == inStore;
        rightForm = s: absolute == null || (builtins.substring 0 1 s == "/") == absolute;
        nature =
          (if absolute == null then "" else if absolute then "absolute " else "relative ") + "path"
          + (if inStore == null then "" else if inStore then " in the Nix store" else " not in the Nix store");
      in
      mkOptionType {
        name = "path";
        description = nature;
        descriptionClass = "noun";
        check = x:
          if isString x then rightForm x && rightPlace x
          else lib.isStringLike x && (let s = toString x; in rightForm s && rightPlace s);
        merge = equal;
        functor = defaultFunctor "path" // {
          type = pathWith;
          inherit payload;
          binOp = a: b: if a == b then a else null;
        };
      };

    luaInline = mkOptionType {
      name = "luaInline";
      description = "inline lua";
      descriptionClass = "noun";
      check = x: x._type or null == "lua-inline";
      merge = one;
    };
  };
in
scalars
