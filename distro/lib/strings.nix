# Functions on strings.
{ lib }:

let
  inherit (builtins)
    concatLists concatStringsSep elem elemAt filter head isAttrs isFloat isInt isList isPath isString length map match
    replaceStrings split stringLength substring toJSON;

  lowerChars = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  upperChars = [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];

  # Coerced without copying a path into the store.
  text = x: if isPath x then builtins.toString x else x;

  regexSpecial = [ "\\" "[" "{" "(" ")" "^" "$" "?" "*" "+" "|" "." ];

  parseInteger = what: regex: input:
    let
      trimmed = match "[[:space:]]*(-?)${regex}[[:space:]]*" input;
      zeroes = match "[[:space:]]*-?0+[[:space:]]*" input != null;
    in
    if trimmed == null then throw "${what}: could not convert ${toJSON input} to int"
    else if zeroes then 0
    else builtins.fromJSON ((head trimmed) + elemAt trimmed 1);
in
rec {
  inherit (builtins)
    compareVersions concatStringsSep elem elemAt filter fromJSON genList head isInt isList isAttrs isPath isString match
    parseDrvName readFile replaceStrings split storeDir stringLength substring tail toJSON typeOf unsafeDiscardStringContext;

  inherit (lib.trivial) toFunction warn;

  # Building

  concatStrings = concatStringsSep "";
  join = concatStringsSep;
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatImapStrings = f: xs: concatStrings (lib.imap1 f xs);
  concatMapStringsSep = sep: f: xs: concatStringsSep sep (map f xs);
  concatImapStringsSep = sep: f: xs: concatStringsSep sep (lib.imap1 f xs);
  concatMapAttrsStringSep = sep: f: set: concatStringsSep sep (lib.mapAttrsToList f set);
  intersperse = sep: xs:
    if xs == [ ] then xs else lib.tail (builtins.concatMap (x: [ sep x ]) xs);
  concatLines = concatMapStrings (line: line + "\n");
  replicate = n: s: concatStrings (lib.lists.replicate n s);
  optionalString = cond: s: if cond then s else "";

  makeSearchPath = subDir: paths: concatStringsSep ":" (map (path: path + "/" + subDir) (filter (path: path != null) paths));
  makeSearchPathOutput = output: subDir: pkgs: makeSearchPath subDir (map (lib.getOutput output) pkgs);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  fixedWidthString = width: filler: s:
    let missing = width - stringLength s;
    in
    if missing < 0 then throw "fixedWidthString: ${toJSON s} is longer than ${toString width}"
    else if missing == 0 then s
    else substring 0 missing (replicate missing filler) + s;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);

  # Parts and trimming

  normalizePath = s: replaceStrings [ "//" ] [ "/" ] (if match ".*///.*" s == null then s else concatStrings (map (part: if isList part then "/" else part) (split "/+" s)));

  hasPrefix = prefix: s: substring 0 (stringLength prefix) (text s) == prefix;
  hasSuffix = suffix: s:
    let
      n = stringLength s;
      m = stringLength suffix;
    in
    n >= m && substring (n - m) m s == suffix;
  hasInfix = infix: s: let t = text s; in replaceStrings [ infix ] [ "" ] t != t || infix == "";

  removePrefix = prefix: s:
    if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
  removeSuffix = suffix: s:
    if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;

  trim = trimWith { start = true; end = true; };
  trimWith = { start ? false, end ? false }: s:
    let
      blank = "[ \t\r\n]*";
      found =
        if start && end then match "${blank}(.*[^ \t\r\n])${blank}" s
        else if start then match "${blank}([^ \t\r\n].*)" s
        else if end then match "(.*[^ \t\r\n])${blank}" s
        else [ s ];
    in
    if found == null then "" else head found;

  stringToCharacters = s: lib.genList (i: substring i 1 s) (stringLength s);
  stringAsChars = f: s: concatStrings (map f (stringToCharacters s));
  charToInt = c: lib.asciiTable.${c} or (throw "charToInt: ${toJSON c} is not one ASCII character");

  splitString = sep: s:
    let parts = filter isString (split (escapeRegex (toString sep)) (toString s));
        # `split` drops the context; every part keeps that of the whole.
        context = substring 0 0 s;
    in
    if builtins.hasContext (toString s) then map (part: context + part) parts else parts;
  splitStringBy = p: keep: s:
    let
      n = stringLength s;
      go = i: prev: current:
        if i == n then [ current ]
        else
          let c = substring i 1 s;
          in
          if p prev c then [ current ] ++ go (i + 1) c (if keep then c else "") else go (i + 1) c (current + c);
    in
    if s == "" then [ "" ] else go 0 "" "";
  splitAttrPath = builtins.splitAttrPath or (path: map (part: if isList part then null else part) (filter isString (split "\\." path)));
  commonPrefixLength = a: b:
    let
      n = lib.min (stringLength a) (stringLength b);
      go = i: if i < n && substring i 1 a == substring i 1 b then go (i + 1) else i;
    in
    go 0;
  commonSuffixLength = a: b:
    let
      la = stringLength a;
      lb = stringLength b;
      n = lib.min la lb;
      go = i: if i < n && substring (la - i - 1) 1 a == substring (lb - i - 1) 1 b then go (i + 1) else i;
    in
    go 0;

  # Case

  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;
  inherit lowerChars upperChars;
  toSentenceCase = s:
    if !isString s then throw "toSentenceCase does only accepts string values, but got ${builtins.typeOf s}"
    else toUpper (substring 0 1 s) + toLower (substring 1 (-1) s);
  toCamelCase = s:
    let
      words = filter (w: isString w && w != "") (split "[-_ ]+" s);
      capital = w: toUpper (substring 0 1 w) + substring 1 (-1) w;
      first = head words;
    in
    if words == [ ] then ""
    else toLower (substring 0 1 first) + substring 1 (-1) first + concatMapStrings capital (lib.tail words);

  # Escaping

  escape = chars: replaceStrings chars (map (c: "\\${c}") chars);
  escapeC = chars: replaceStrings chars (map (c: "\\x${toLower (fixedWidthString 2 "0" (lib.toHexString (charToInt c)))}") chars);
  escapeURL =
    let
      kept = upperChars ++ lowerChars ++ stringToCharacters "0123456789-_.~";
      others = filter (c: !elem c kept) (builtins.attrNames lib.asciiTable);
    in
    replaceStrings others (map (c: "%${fixedWidthString 2 "0" (lib.toHexString (charToInt c))}") others);
  escapeShellArg = arg:
    let s = toString arg;
    in if match "[[:alnum:],._+:@%/-]+" s == null then "'${replaceStrings [ "'" ] [ "'\\''" ] s}'" else s;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar = name: value:
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if isAttrs value && !isStringLike value then
        "declare -A ${name}=(${concatStringsSep " " (lib.mapAttrsToList (n: v: "[${escapeShellArg n}]=${escapeShellArg v}") value)})"
      else if isList value then "declare -a ${name}=(${escapeShellArgs value})"
      else "${name}=${escapeShellArg value}"
    );
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);
  escapeNixString = s: escape [ "$" ] (toJSON s);
  escapeRegex = escape regexSpecial;
  escapeNixIdentifier = s:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" s != null && !elem s [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ]
    then s
    else escapeNixString s;
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];

  # Versions and names

  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName = x: if isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  getVersion = x: if isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  nameFromURL = url: sep:
    let file = lib.last (splitString "/" url);
        name = head (splitString sep file);
    in assert name != file; name;
  sanitizeDerivationName =
    let ok = match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*";
    in
    string:
    if stringLength string <= 207 && ok string != null then unsafeDiscardStringContext string
    else
      let
        plain = unsafeDiscardStringContext (toString string);
        parts = split "[^[:alnum:]+._?=-]+" (let m = match "\\.*(.*)" plain; in head m);
        s = concatMapStrings (part: if isList part then "-" else part) parts;
        cut = substring (lib.max (stringLength s - 207) 0) (-1) s;
      in
      if cut == "" then "unknown" else cut;

  # Build system flags

  enableFeature = flag: feature:
    assert isString feature;
    "--${if flag then "enable" else "disable"}-${feature}";
  enableFeatureAs = flag: feature: value: enableFeature flag feature + optionalString flag "=${value}";
  withFeature = flag: feature:
    assert isString feature;
    "--${if flag then "with" else "without"}-${feature}";
  withFeatureAs = flag: feature: value: withFeature flag feature + optionalString flag "=${value}";
  cmakeOptionType = type: feature: value:
    assert elem (toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    "-D${feature}:${toUpper type}=${value}";
  cmakeBool = flag: value: cmakeOptionType "bool" flag (toUpper (lib.boolToString value));
  cmakeFeature = cmakeOptionType "string";
  mesonOption = feature: value: "-D${feature}=${value}";
  mesonBool = flag: value: mesonOption flag (lib.boolToString value);
  mesonEnable = feature: flag: mesonOption feature (if flag then "enabled" else "disabled");

  # What a value is, as a string

  isConvertibleWithToString = x:
    elem (builtins.typeOf x) [ "path" "string" "null" "int" "float" "bool" ] || (isList x && builtins.all isConvertibleWithToString x)
    || x ? outPath || x ? __toString;
  isCoercibleToString = isStringLike;
  isStringLike = x: isString x || isPath x || x ? outPath || x ? __toString;
  isSimpleString = isString;
  isStorePath = x:
    if isStringLike x then
      let s = toString x;
      in substring 0 1 s == "/" && (dirOf s == builtins.storeDir || match "/nix/store/[0-9a-z]{32}-[^/]+" s != null)
    else false;

  toInt = parseInteger "toInt" "(0|[1-9][0-9]*|0+)";
  toIntBase10 = parseInteger "toIntBase10" "0*([1-9][0-9]*|0)";

  readPathsFromFile = lib.warn "lib.readPathsFromFile is deprecated, use a list instead" (rootPath: file:
    map (line: rootPath + ("/" + line)) (filter (line: line != "" && !hasPrefix "#" line) (splitString "\n" (builtins.readFile file))));
  fileContents = file: removeSuffix "\n" (builtins.readFile file);

  floatToString = f:
    let shown = toString f;
        exact = toJSON f;
    in if f == builtins.fromJSON shown then shown else exact;
  addContextFrom = src: target: substring 0 0 src + target;

  # Distance

  levenshtein = a: b:
    let
      la = stringLength a;
      cs = stringToCharacters b;
      # One row after another; a row is the list of distances of a's prefix to every prefix of b.
      step = row: i:
        let c = substring i 1 a;
        in
        builtins.foldl'
          (acc: char:
            let
              j = length acc;
              d = lib.min (lib.min (elemAt row j + 1) (elemAt acc (j - 1) + 1)) (elemAt row (j - 1) + (if c == char then 0 else 1));
            in
            builtins.seq d (acc ++ [ d ]))
          [ (i + 1) ]
          cs;
    in
    lib.last (builtins.foldl' step (lib.range 0 (stringLength b)) (lib.range 0 (la - 1)));
  levenshteinAtMost = k: a: b:
    let d = stringLength a - stringLength b;
    in (if d < 0 then -d else d) <= k && levenshtein a b <= k;



}
