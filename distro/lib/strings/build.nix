# Strings made of others.
{ lib }:

let
  inherit (builtins)
    concatMap
    concatStringsSep
    filter
    length
    map
    replaceStrings
    stringLength
    substring
    tail
    ;
in
rec {
  concatStrings = concatStringsSep "";
  join = concatStringsSep;
  replaceString = from: to: replaceStrings [ from ] [ to ];
  concatMapStrings = f: xs: concatStrings (map f xs);
  concatImapStrings = f: xs: concatStrings (lib.imap1 f xs);
  concatMapStringsSep = sep: f: xs: concatStringsSep sep (map f xs);
  concatImapStringsSep = sep: f: xs: concatStringsSep sep (lib.imap1 f xs);
  concatMapAttrsStringSep = sep: f: set: concatStringsSep sep (lib.mapAttrsToList f set);
  intersperse = sep: xs: if length xs < 2 then xs else tail (concatMap (x: [ sep x ]) xs);
  concatLines = concatMapStrings (line: line + "\n");
  replicate = n: s: concatStrings (lib.lists.replicate n s);
  optionalString = cond: s: if cond then s else "";

  makeSearchPath =
    subDir: paths:
    concatStringsSep ":" (map (path: path + "/" + subDir) (filter (path: path != null) paths));
  makeSearchPathOutput =
    output: subDir: pkgs: makeSearchPath subDir (map (lib.getOutput output) pkgs);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  /* Filled from the left. The filler must fit a whole number of times. */
  fixedWidthString =
    width: filler: s:
    let
      missing = width - stringLength s;
    in
    assert lib.assertMsg
      (missing >= 0)
      "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength s)})";
    if missing == 0 then s else filler + fixedWidthString (width - stringLength filler) filler s;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);

  addContextFrom = src: target: substring 0 0 src + target;
}
