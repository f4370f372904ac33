# Words of GRUB's scripts.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  at = option: {
    inherit option;
    file = "GRUB's menu";
  };
in
{
  /* A word, in quotes where it needs them. */
  word =
    option: value:
    if builtins.match "[A-Za-z0-9_=.,:/@%+-]+" value != null then
      value
    else
      "'${lib.replaceStrings [ "'" ] [ "'\\''" ] (text.line (at option) value)}'";

  /* Text in double quotes, without variables. */
  quoted =
    option: value:
    "\"${lib.replaceStrings [ "\\" "\"" "$" ] [ "\\\\" "\\\"" "\\$" ] (text.line (at option) value)}\"";
}
