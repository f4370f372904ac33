# Types of numbers.
{ lib }:

let
  inherit (builtins) isFloat isInt toJSON;
  inherit (lib.types) addCheck;
  inherit (import ./base.nix { inherit lib; }) mkOptionType identityMerge;

  plain =
    name: description: check:
    mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = identityMerge lib.options.mergeEqualOption;
    };

  # A number type with a narrower check.
  narrow = type: name: description: check: addCheck type check // { inherit name description; };
  clause =
    type: name: description: check:
    narrow type name description check // { descriptionClass = "nonRestrictiveClause"; };

  range = show: low: high: "${show low} and ${show high} (both inclusive)";
  ordered =
    function: low: high:
    lib.assertMsg (low <= high) "${function}: lowest must be smaller than highest";
  within = low: high: x: x >= low && x <= high;

  sized =
    kind: bits: low: high:
    narrow
      int
      "${kind}Int${toString bits}"
      "${toString bits} bit ${kind} integer; between ${range toString low high}"
      (within low high);

  int = plain "int" "signed integer" isInt;
  float = plain "float" "floating point number" isFloat;
  number = lib.types.either int float;
in
rec {
  inherit int float number;

  ints = {
    between =
      low: high:
      assert ordered "ints.between" low high;
      narrow int "intBetween" "integer between ${range toString low high}" (within low high);
    unsigned = clause int "unsignedInt" "unsigned integer, meaning >=0" (x: x >= 0);
    positive = clause int "positiveInt" "positive integer, meaning >0" (x: x > 0);
    u8 = sized "unsigned" 8 0 255;
    u16 = sized "unsigned" 16 0 65535;
    u32 = sized "unsigned" 32 0 4294967295;
    s8 = sized "signed" 8 (-128) 127;
    s16 = sized "signed" 16 (-32768) 32767;
    s32 = sized "signed" 32 (-2147483648) 2147483647;
  };
  port = ints.u16;

  numbers = {
    between =
      low: high:
      assert ordered "numbers.between" low high;
      narrow
        number
        "numberBetween"
        "integer or floating point number between ${range toJSON low high}"
        (within low high);
    nonnegative =
      clause
        number
        "numberNonnegative"
        "nonnegative integer or floating point number, meaning >=0"
        (x: x >= 0);
    positive =
      clause number "numberPositive" "positive integer or floating point number, meaning >0" (
        x: x > 0
      );
  };
}
