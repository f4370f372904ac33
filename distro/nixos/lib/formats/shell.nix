# Values as shell code: variables and aliases, for all shells that read /etc/set-environment.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  inherit (lib) escapeShellArg replaceStrings;
  at = option: {
    inherit option;
    file = "shell code";
  };
  inDoubleQuotes = replaceStrings [ "\\$" "\\" "\"" "`" ] [ "\\$" "\\\\" "\\\"" "\\`" ];
  aliasName =
    text.restrict
      "[^][:space:][:cntrl:]/$`=|&;()<>\\'\"]+"
      "blanks, line breaks or a shell's characters in an alias's name";
in
{
  /* A variable of `option`, a set of variables. As on NixOS, shells expand variables in it; `\$' is a plain `$'. */
  export =
    {
      option,
      name,
      value,
    }:
    "export ${text.variableName (at option) name}=\"${inDoubleQuotes value}\"\n";

  /* The same for a variable that is not exported; `option' is the variable's own option. */
  assign =
    {
      option,
      name,
      value,
    }:
    "${name}=\"${inDoubleQuotes value}\"";

  /* A fish command with a name and a value, such as an alias. */
  fishWords =
    {
      option,
      command,
      name,
      value,
    }:
    let
      quote = word: "'${replaceStrings [ "\\" "'" ] [ "\\\\" "\\'" ] word}'";
    in
    "${command} ${quote (aliasName (at option) name)} ${quote value}\n";

  /* An alias. The value may have several lines. */
  alias =
    {
      option,
      name,
      value,
    }:
    "alias -- ${escapeShellArg (aliasName (at option) name)}=${escapeShellArg value}\n";

  /* Text to put between single quotes. */
  inSingleQuotes = replaceStrings [ "'" ] [ "'\\''" ];
}
