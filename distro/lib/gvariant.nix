# Values in GVariant's text format, as dconf's databases have them (https://docs.gtk.org/glib/gvariant-text-format.html).
{ lib }:

let
  inherit (builtins) all filter head isAttrs isBool isFloat isInt isList isString map typeOf;
  inherit (lib) concatMapStringsSep escape replaceStrings;

  typed = type: value: show: {
    _type = "gvariant";
    inherit type value;
    __toString = show;
  };
  # The type stands before the text where that alone doesn't say it.
  annotated = type: value: typed type value (self: "@${self.type} ${toString self.value}");
  plain = type: value: typed type value (self: toString self.value);

  commas = concatMapStringsSep "," toString;

  # Integers by the function that makes them, with their range; null where Nix's own range ends sooner.
  integers = [
    {
      name = "mkInt32";
      type = type.int32;
      min = -2147483648;
      max = 2147483647;
    }
    {
      name = "mkUint32";
      type = type.uint32;
      min = 0;
      max = 4294967295;
    }
    {
      name = "mkInt64";
      type = type.int64;
      min = null;
      max = null;
    }
    {
      name = "mkUint64";
      type = type.uint64;
      min = 0;
      max = null;
    }
    {
      name = "mkInt16";
      type = type.int16;
      min = -32768;
      max = 32767;
    }
    {
      name = "mkUint16";
      type = type.uint16;
      min = 0;
      max = 65535;
    }
    {
      name = "mkUchar";
      type = type.uchar;
      min = 0;
      max = 255;
    }
  ];

  type = {
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    string = "s";
    variant = "v";
    arrayOf = t: "a${t}";
    maybeOf = t: "m${t}";
    tupleOf = ts: "(${lib.concatStrings ts})";
    dictionaryEntryOf = key: value: "{${key}${value}}";
  };
in
rec {
  inherit type;
  intConstructors = integers;

  isGVariant = lib.isType "gvariant";

  /* Of a value whose type is certain. */
  mkValue =
    v:
    if isGVariant v then
      v
    else if isBool v then
      mkBoolean v
    else if isFloat v then
      mkDouble v
    else if isString v then
      mkString v
    else if isList v then
      mkArray v
    else if isInt v then
      let
        fits = filter (i: (i.min == null || i.min <= v) && (i.max == null || v <= i.max)) integers;
      in
      throw ''
        The GVariant type for number “${toString v}” is unclear.
        Please wrap the value with one of the following, depending on the value type in GSettings schema:

        ${concatMapStringsSep "\n" (i: "- `lib.gvariant.${i.name}` for `${i.type}`") fits}
      ''
    else if isAttrs v then
      throw
        "Cannot construct GVariant value from an attribute set. A dictionary is an array of `lib.gvariant.mkDictionaryEntry`."
    else
      throw "The GVariant type of “${typeOf v}” can't be inferred.";

  mkBoolean = v: typed type.boolean v (self: lib.boolToString self.value);
  mkString =
    v:
    typed type.string v (
      self: "'${replaceStrings [ "\n" ] [ "\\n" ] (escape [ "'" "\\" ] self.value)}'"
    );
  mkObjectpath = v: typed type.string v (self: "objectpath '${escape [ "'" ] self.value}'");
  mkUchar = annotated type.uchar;
  mkInt16 = annotated type.int16;
  mkUint16 = annotated type.uint16;
  mkInt32 = plain type.int32;
  mkUint32 = annotated type.uint32;
  mkInt64 = annotated type.int64;
  mkUint64 = annotated type.uint64;
  mkDouble = plain type.double;

  /* Of a list that isn't empty, with elements of one type. */
  mkArray =
    elems:
    let
      values = map mkValue elems;
      elemType = (head values).type;
    in
    if elems == [ ] then
      throw "Please create empty array with mkEmptyArray."
    else if !all (v: v.type == elemType) values then
      throw "Elements in a list should have same type."
    else
      typed (type.arrayOf elemType) values (self: "@${self.type} [${commas self.value}]");
  mkEmptyArray = elemType: typed (type.arrayOf elemType) [ ] (self: "@${self.type} []");

  mkTuple =
    elems:
    let
      values = map mkValue elems;
    in
    typed (type.tupleOf (map (v: v.type) values)) values (
      self: "@${self.type} (${commas self.value})"
    );

  mkDictionaryEntry =
    name: value:
    let
      k = mkValue name;
      v = mkValue value;
    in
    typed (type.dictionaryEntryOf k.type v.type) { inherit name value; } (
      self: "@${self.type} {${toString k},${toString v}}"
    );

  /* A value of any type, which it carries with it. */
  mkVariant = elem: typed type.variant (mkValue elem) (self: "<${toString self.value}>");

  mkMaybe =
    elemType: elem:
    typed (type.maybeOf elemType) elem (
      self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}"
    );
  mkNothing = elemType: mkMaybe elemType null;
  mkJust =
    elem:
    let
      v = mkValue elem;
    in
    mkMaybe v.type v;
}
