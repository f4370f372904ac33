# Strings from other values, and other values from strings.
{ lib }:

let
  inherit (builtins)
    all
    elem
    elemAt
    fromJSON
    head
    isInt
    isList
    isPath
    isString
    match
    readFile
    substring
    typeOf
    ;
  inherit (lib.strings) escapeNixString hasPrefix removeSuffix splitString;
in
rec {
  isStringLike = x: isString x || isPath x || x ? outPath || x ? __toString;
  isCoercibleToString = isStringLike;
  isSimpleString = isString;
  isConvertibleWithToString =
    x:
    isStringLike x
    || elem (typeOf x) [ "null" "int" "float" "bool" ]
    || isList x && all isConvertibleWithToString x;

  /* Also /<hash of 52 digits>: what a fixed-output derivation calls its path while it's built. */
  isStorePath =
    x:
    isStringLike x
    && (
      let
        text = toString x;
      in
      substring 0 1 text == "/"
      && (dirOf text == builtins.storeDir || match "/[0-9a-z]{52}" text != null)
    );

  /* A decimal number, without leading zeroes, as those might mean an octal one. */
  toInt =
    s:
    let
      digits = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" s;
      failure = throw "toInt: Could not convert ${escapeNixString s} to int.";
      value = fromJSON (head digits);
    in
    if digits == null then
      failure
    else if match "0[[:digit:]]+" (head digits) != null then
      throw
        "toInt: Ambiguity in interpretation of ${escapeNixString s} between octal and zero padded integer."
    # More digits than an integer has make a float.
    else if !isInt value then
      failure
    else
      value;

  toIntBase10 =
    s:
    let
      parts = match "[[:space:]]*(-?)0*([[:digit:]]+)[[:space:]]*" s;
      failure = throw "toIntBase10: Could not convert ${escapeNixString s} to int.";
      value = fromJSON (elemAt parts 0 + elemAt parts 1);
    in
    if parts == null then
      failure
    else if elemAt parts 1 == "0" then
      0
    else if !isInt value then
      failure
    else
      value;

  floatToString =
    f:
    let
      text = toString f;
    in
    lib.warnIf (f != fromJSON text) "Imprecise conversion from float to string ${text}" text;

  fileContents = file: removeSuffix "\n" (readFile file);

  readPathsFromFile = lib.warn "lib.readPathsFromFile is deprecated, use a list instead" (
    rootPath: file:
    map (line: rootPath + ("/" + line)) (
      builtins.filter (line: line != "" && !hasPrefix "#" line) (splitString "\n" (readFile file))
    )
  );
}
