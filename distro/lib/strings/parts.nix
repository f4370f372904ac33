# What strings begin with, end with and consist of. A path is taken as the store path that it would be copied to.
{ lib }:

let
  inherit (builtins)
    filter
    foldl'
    genList
    hasContext
    head
    isString
    map
    match
    replaceStrings
    split
    stringLength
    substring
    ;
  inherit (lib.strings) addContextFrom concatStrings escapeRegex;

  # The first `n` for which `equal` doesn't hold, at most `limit`.
  while =
    equal: limit:
    let
      go = n: if n < limit && equal n then go (n + 1) else n;
    in
    go 0;
in
rec {
  hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;

  hasSuffix =
    suffix: s:
    let
      n = stringLength s;
      m = stringLength suffix;
    in
    n >= m && substring (n - m) m s == suffix;

  hasInfix =
    infix: s:
    let
      text = "${s}";
    in
    infix == "" || replaceStrings [ infix ] [ "" ] text != text;

  removePrefix =
    prefix: s: if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
  removeSuffix =
    suffix: s:
    if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;

  commonPrefixLength =
    a: b: while (i: substring i 1 a == substring i 1 b) (lib.min (stringLength a) (stringLength b));
  commonSuffixLength =
    a: b:
    let
      last = s: i: substring (stringLength s - i - 1) 1 s;
    in
    while (i: last a i == last b i) (lib.min (stringLength a) (stringLength b));

  /* Without blanks at the ends. */
  trim = trimWith {
    start = true;
    end = true;
  };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    let
      blanks = "[ \t\r\n]*";
      regex = (if start then blanks else "") + (if end then "(.*[^ \t\r\n])${blanks}" else "(.*)");
    in
    s:
    let
      found = match regex s;
    in
    if found == null then "" else head found;

  normalizePath =
    s:
    if match ".*//.*" "${s}" == null then
      "${s}"
    else
      concatStrings (map (part: if isString part then part else "/") (split "/+" "${s}"));

  stringToCharacters = s: genList (i: substring i 1 s) (stringLength s);
  stringAsChars = f: s: concatStrings (map f (stringToCharacters s));

  splitString =
    sep: s:
    let
      parts = filter isString (split (escapeRegex (toString sep)) (toString s));
    in
    # `split` drops the context; every part keeps that of the whole.
    if
      hasContext (toString s)
    then
      map (addContextFrom s) parts
    else
      parts;

  /* Splits where the predicate on a character and the one before it holds; `keep`: the character begins the next part. */
  splitStringBy =
    predicate: keep: s:
    let
      chars = stringToCharacters s;
      step =
        {
          parts,
          current,
          before,
        }:
        char:
        if predicate before char then
          {
            parts = parts ++ [ current ];
            current = if keep then char else "";
            before = char;
          }
        else
          {
            inherit parts;
            current = current + char;
            before = char;
          };
      end = foldl' step {
        parts = [ ];
        current = "";
        before = "";
      } chars;
    in
    map (addContextFrom s) (end.parts ++ [ end.current ]);

  /* "a.\"b.c\"" has the parts of an attribute path, where the evaluator can say so. */
  splitAttrPath = builtins.splitAttrPath or (path: filter isString (split "\\." path));
}
