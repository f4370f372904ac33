# Shell code of values: variables and aliases, for all shells that read /etc/set-environment.
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
  /* A variable of `option`, a set of variables. As on NixOS shells replace what follows a `$' in it, unless it is written `\$'. */
  export =
    {
      option,
      name,
      value,
    }:
    "export ${text.variableName (at option) name}=\"${inDoubleQuotes value}\"\n";

  /* A variable that is not exported, likewise; `option' is its own. */
  assign =
    {
      option,
      name,
      value,
    }:
    "${name}=\"${inDoubleQuotes value}\"";

  /* A command of fish's with a name and a value, such as an alias. */
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

  /* An alias; a value of several lines is one, too. */
  alias =
    {
      option,
      name,
      value,
    }:
    "alias -- ${escapeShellArg (aliasName (at option) name)}=${escapeShellArg value}\n";

  /* Text for the inside of single quotes. */
  inSingleQuotes = replaceStrings [ "'" ] [ "'\\''" ];
}
