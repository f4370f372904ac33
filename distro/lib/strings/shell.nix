# Strings for POSIX shells and bash.
{ lib }:

let
  inherit (builtins) concatStringsSep isAttrs isList match replaceStrings;
  inherit (lib.strings) concatMapStringsSep isStringLike;
in
rec {
  escapeShellArg =
    arg:
    let
      text = toString arg;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;

  /* A variable, an array or an associative array. */
  toShellVar =
    name: value:
    lib.throwIfNot
      (isValidPosixName name)
      "toShellVar: ${name} is not a valid shell variable name"
      (
        if isAttrs value && !isStringLike value then
          "declare -A ${name}=(${concatStringsSep " " (lib.mapAttrsToList (n: v: "[${escapeShellArg n}]=${escapeShellArg v}") value)})"
        else if isList value then
          "declare -a ${name}=(${escapeShellArgs value})"
        else
          "${name}=${escapeShellArg value}"
      );
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);
}
