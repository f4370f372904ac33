# Characters that mean something else than themselves, made to mean themselves.
{ lib }:

let
  inherit (builtins) attrNames elem map match removeAttrs replaceStrings toJSON;
  inherit (lib.strings) fixedWidthString lowerChars stringToCharacters toLower upperChars;

  keywords = [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ];

  hex = n: fixedWidthString 2 "0" (lib.toHexString n);
in
rec {
  charToInt = c: builtins.getAttr c lib.asciiTable;

  escape = chars: replaceStrings chars (map (c: "\\${c}") chars);
  escapeC = chars: replaceStrings chars (map (c: "\\x${toLower (hex (charToInt c))}") chars);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];

  escapeURL =
    let
      unreserved = upperChars ++ lowerChars ++ stringToCharacters "0123456789-_.~";
      others = attrNames (removeAttrs lib.asciiTable unreserved);
    in
    replaceStrings others (map (c: "%${hex (charToInt c)}") others);

  # As Nix expressions

  escapeNixString = s: escape [ "$" ] (toJSON s);
  escapeNixIdentifier =
    s:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" s != null && !elem s keywords then s else escapeNixString s;
}
