# Functions about functions, booleans, numbers and warnings.
{ lib }:

let
  inherit (builtins) bitXor functionArgs isAttrs isFunction length trace;

  isCallable = f: isFunction f || (f ? __functor && isCallable (f.__functor f));

  hexDigits = "0123456789ABCDEF";
in
rec {
  id = x: x;

  const = x: _: x;

  /* pipe 2 [ (x: x + 1) toString ] == "3" */
  pipe = builtins.foldl' (x: f: f x);

  concat = xs: ys: xs ++ ys;

  or = x: y: x || y;
  and = x: y: x && y;
  xor = x: y: x != y;
  bitNot = bitXor (-1);

  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";

  mergeAttrs = x: y: x // y;
  flip = f: a: b: f b a;
  defaultTo = fallback: x: if x == null then fallback else x;
  mapNullable = f: x: if x == null then null else f x;

  min = x: y: if x < y then x else y;
  max = x: y: if x > y then x else y;
  mod = base: int: base - (int * (builtins.div base int));

  compare = a: b: if a < b then -1 else if a > b then 1 else 0;

  /* Elements for which `p` holds come first and compare by `yes`, the others by `no`. */
  splitByAndCompare =
    p: yes: no: a: b: if p a then (if p b then yes a b else -1) else if p b then 1 else no a b;

  # The NixOS release whose options and functions this distribution follows.
  release = "25.11";
  oldestSupportedRelease = 2505;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;
  codeName = "Debian";
  versionSuffix = "";
  version = release + versionSuffix;
  nixpkgsVersion = version;
  revisionWithDefault = fallback: fallback;

  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warn = builtins.warn or (message: trace "evaluation warning: ${message}");
  warnIf = cond: message: if cond then warn message else id;
  warnIfNot = cond: message: if cond then id else warn message;
  info = message: trace "INFO: ${message}";
  showWarnings = warnings: value: builtins.foldl' (acc: message: warn message acc) value warnings;
  throwIf = cond: message: if cond then throw message else id;
  throwIfNot = cond: message: if cond then id else throw message;

  /* Returns a function that returns its argument when all of `given` stand in `valid`. */
  checkListOfEnum =
    what: valid: given:
    let
      unexpected = lib.subtractLists valid given;
    in
    throwIfNot
      (unexpected == [ ])
      "${what}: ${
        builtins.concatStringsSep ", " (map toString unexpected)
      } unexpected; valid ones: ${builtins.concatStringsSep ", " (map toString valid)}";

  /* Like builtins.isFunction, and true for sets with a `__functor` as well. */
  isFunction = isCallable;

  /* Like builtins.functionArgs, and honours what setFunctionArgs set. */
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (lib.trivial.functionArgs (f.__functor f))
    else
      builtins.functionArgs f;

  setFunctionArgs = f: args: {
    __functor = self: f;
    __functionArgs = args;
  };

  mirrorFunctionArgs =
    f:
    let
      args = lib.trivial.functionArgs f;
    in
    g: setFunctionArgs g args;

  /* A function stays itself, anything else becomes a constant function. */
  toFunction = v: if isCallable v then v else _: v;

  fromHexString =
    text:
    let
      digits = lib.stringToCharacters (lib.toUpper (lib.removePrefix "0x" (lib.toLower text)));
      value =
        digit:
        lib.lists.findFirstIndex
          (d: d == digit)
          (throw "fromHexString: '${text}' is not a hexadecimal number")
          (lib.stringToCharacters hexDigits);
    in
    builtins.foldl' (acc: digit: acc * 16 + value digit) 0 digits;

  toHexString = n: lib.concatMapStrings (d: builtins.substring d 1 hexDigits) (toBaseDigits 16 n);

  /* toBaseDigits 10 234 == [ 2 3 4 ] */
  toBaseDigits =
    base: n:
    let
      go = n: if n < base then [ n ] else go (n / base) ++ [ (mod n base) ];
    in
    assert builtins.isInt base && base >= 2;
    assert builtins.isInt n && n >= 0;
    go n;

  /* The pure builtins of the same name. */
  inherit (builtins)
    add
    addErrorContext
    bitAnd
    bitOr
    bitXor
    ceil
    concatStringsSep
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readDir
    readFile
    seq
    sub
    toString
    tryEval
    ;
}
