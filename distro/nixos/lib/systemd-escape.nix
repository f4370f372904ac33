# Names of units from paths and strings, as systemd-escape makes them, and arguments of their commands.
{ lib }:

let
  inherit (builtins) concatStringsSep elem filter isString stringLength substring;

  # ASCII letters, digits, ":", "_" and "." stay as they are.
  plain =
    lib.stringToCharacters "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.";
  escapeCharacter =
    c:
    if c == "/" then
      "-"
    else if elem c plain then
      c
    else
      "\\x" + lib.fixedWidthString 2 "0" (lib.toLower (lib.toHexString (lib.strings.charToInt c)));
in
rec {
  escapeSystemdString =
    string:
    let
      escaped = lib.concatMapStrings escapeCharacter (lib.stringToCharacters string);
    in
    if lib.hasPrefix "." string then
      "\\x2e" + substring 1 (stringLength escaped) escaped
    else
      escaped;

  /* As `systemd-escape --path`, without the unit's suffix. */
  escapeSystemdPath =
    path:
    let
      trimmed = concatStringsSep "/" (
        filter (part: isString part && part != "") (builtins.split "/" path)
      );
    in
    if trimmed == "" then "-" else escapeSystemdString trimmed;

  /* One argument of an ExecStart= line, in which systemd expands nothing. */
  escapeSystemdExecArg =
    arg:
    let
      s = if builtins.isPath arg then "${arg}" else if isString arg then arg else toString arg;
    in
    builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON s);
  escapeSystemdExecArgs = lib.concatMapStringsSep " " escapeSystemdExecArg;

  /* Arguments of options whose lists NixOS joins with blanks, so that an element may be several words, with quotes. */
  escapeSystemdExecWords = lib.concatMapStringsSep " " (
    words:
    if lib.hasInfix " " words then
      builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] words
    else
      escapeSystemdExecArg words
  );
}
