# Names and versions of packages and derivations.
{ lib }:

let
  inherit (builtins)
    compareVersions
    head
    isList
    isString
    match
    parseDrvName
    split
    stringLength
    substring
    unsafeDiscardStringContext
    ;
  inherit (lib.strings) concatMapStrings splitString;

  # What derivations' names may be long.
  maxLength = 207;
in
rec {
  versionOlder = a: b: compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;

  getName = x: if isString x then (parseDrvName x).name else x.pname or (parseDrvName x.name).name;
  getVersion =
    x: if isString x then (parseDrvName x).version else x.version or (parseDrvName x.name).version;

  /* nameFromURL "https://host/a-1.0.tar.gz" "-" == "a" */
  nameFromURL =
    url: sep:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString sep file);
    in
    assert name != file;
    name;

  /* Something like the string that a derivation may be called. */
  sanitizeDerivationName =
    let
      allowed = match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*";
    in
    s:
    let
      plain = unsafeDiscardStringContext "${s}";
      parts = split "[^[:alnum:]+._?=-]+" (head (match "\\.*(.*)" plain));
      clean = concatMapStrings (part: if isList part then "-" else part) parts;
      cut = substring (lib.max (stringLength clean - maxLength) 0) (-1) clean;
    in
    if stringLength s <= maxLength && allowed s != null then
      plain
    else if cut == "" then
      "unknown"
    else
      cut;
}
