# Files of NAME=VALUE lines.
{ lib }:

let
  inherit (builtins) match replaceStrings;
  text = import ./text.nix { inherit lib; };

  quote = value: "\"${replaceStrings [ "\\" "\"" "$" "`" ] [ "\\\\" "\\\"" "\\$" "\\`" ] value}\"";
in
{
  /* As systemd and shells read os-release(5), locale.conf(5) and vconsole.conf(5): a value with other characters than these is quoted. */
  environmentFile =
    at: name: value:
    "${text.variableName at name}=${if match "[a-zA-Z0-9_.,:/@%+-]*" value != null then value else quote (text.line at value)}\n";

  /* sysctl.d(5): to the end of the line, without quotes. */
  sysctl =
    at: name: value:
    let
      parameter =
        text.restrict
          "[^[:space:][:cntrl:]=#;]+"
          "blanks, `=', `#', `;' or line breaks in a parameter's name";
    in
    "${parameter at name}=${text.line at value}\n";
}
