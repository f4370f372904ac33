# Lines of tmpfiles.d(5): six fields in quotes, and an argument to the end of the line.
{ lib }:

let
  inherit (builtins) elem substring;
  text = import ./text.nix { inherit lib; };

  # systemd unescapes the fields as in C, and the argument of types that create or write files.
  escape = lib.replaceStrings [ "\\" "'" "\n" "\r" "\t" ] [ "\\\\" "\\'" "\\n" "\\r" "\\t" ];
  takesEscapes = type: elem (substring 0 1 type) [ "f" "F" "w" "L" "C" ];
in
{
  /* `option` names the set with the fields: systemd.tmpfiles.settings.NAME.PATH.TYPE. */
  rule =
    {
      option,
      type,
      path,
      mode,
      user,
      group,
      age,
      argument,
    }:
    let
      at = {
        inherit option;
        file = "tmpfiles.d";
      };
      field = name: value: "'${text.line (text.below at name) (escape value)}'";
      checkedType =
        text.restrict "[a-zA-Z][+!=~^$-]*" "anything but a type of tmpfiles.d(5)" at type;
    in
    "'${checkedType}' '${text.line at (escape path)}' ${field "mode" mode} ${field "user" user} ${field "group" group} ${field "age" age} "
    + "${text.line (text.below at "argument") (if takesEscapes type then escape argument else argument)}\n";
}
