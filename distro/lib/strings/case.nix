# Upper and lower case of ASCII letters.
{ lib }:

let
  inherit (builtins) concatMap head isString match map replaceStrings substring tail typeOf;
  inherit (lib) throwIfNot;
  inherit (lib.strings) addContextFrom concatStrings splitStringBy stringToCharacters;

  onlyString =
    function: s:
    throwIfNot (isString s) "${function} does only accepts string values, but got ${typeOf s}";
in
rec {
  lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  /* "heLLO" -> "Hello" */
  toSentenceCase =
    s:
    onlyString "toSentenceCase" s (
      addContextFrom s (toUpper (substring 0 1 s) + toLower (substring 1 (-1) s))
    );

  /* "hello-world", "hello_world" and "HelloWorld" -> "helloWorld" */
  toCamelCase =
    s:
    let
      words = splitStringBy (_: char: char == "-" || char == "_" || char == " ") false s;
      # A capital after a small letter begins a word as well.
      parts =
        concatMap
          (splitStringBy (
            before: char: match "[a-z]" before != null && match "[A-Z]" char != null
          ) true)
          words;
    in
    onlyString "toCamelCase" s (
      concatStrings (
        map (addContextFrom s) ([ (toLower (head parts)) ] ++ map toSentenceCase (tail parts))
      )
    );
}
