# Types of strings.
{ lib }:

let
  inherit (builtins) concatStringsSep isString match toJSON;
  inherit (lib.options) getValues mergeEqualOption;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    defaultFunctor
    identityMerge
    ownMerge
    optionDescriptionPhrase
    ;

  equal = identityMerge mergeEqualOption;
in
rec {
  str = mkOptionType {
    name = "str";
    description = "string";
    descriptionClass = "noun";
    check = isString;
    merge = equal;
  };

  nonEmptyStr = mkOptionType {
    name = "nonEmptyStr";
    description = "non-empty string";
    descriptionClass = "noun";
    check = x: isString x && match "[ \t\n]*" x == null;
    merge = equal;
  };

  singleLineStr = mkOptionType {
    name = "singleLineStr";
    description = "(optionally newline-terminated) single-line string";
    descriptionClass = "noun";
    check = x: isString x && match "[^\n\r]*\n?" x != null;
    merge = ownMerge (loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs));
  };

  strMatching =
    pattern:
    mkOptionType {
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

  separatedString =
    separator:
    mkOptionType {
      name = "separatedString";
      description = "strings concatenated with ${toJSON separator}";
      descriptionClass = "noun";
      check = isString;
      merge = identityMerge (_: defs: concatStringsSep separator (getValues defs));
      functor = defaultFunctor "separatedString" // {
        payload = { sep = separator; };
        type = payload: separatedString payload.sep;
        binOp = a: b: if a.sep == b.sep then { inherit (a) sep; } else null;
      };
    };
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";

  # An old name that modules of some years ago have.
  string = separatedString "";

  /* A field of /etc/passwd. */
  passwdEntry =
    entryType:
    lib.types.addCheck entryType (x: !(lib.hasInfix ":" x || lib.hasInfix "\n" x))
    // {
      name = "passwdEntry ${entryType.name}";
      description = "${optionDescriptionPhrase (class: class == "noun") entryType}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };
}
