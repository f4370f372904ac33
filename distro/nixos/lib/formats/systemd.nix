# Units and configuration files of systemd: sections of KEY=VALUE lines, see systemd.syntax(7).
#
# A line ends at a line feed, a carriage return or NUL, unless an odd number of backslashes stands before its end: then the next one
# continues it. So a value may be of several lines that are one for systemd, and may not end in such a backslash.
{ lib }:

let
  inherit (builtins) attrNames filter isList isPath match replaceStrings toJSON;
  text = import ./text.nix { inherit lib; };

  # A path of the flake, or a file beside it; others, such as /tmp, are the machine's. Pure evaluation sees no file outside the store.
  isSource =
    path:
    lib.hasPrefix "${builtins.storeDir}/" (toString path)
    || builtins ? currentSystem && lib.pathIsRegularFile path;

  toValue =
    value:
    if value == true then
      "true"
    else if value == false then
      "false"
    else if isPath value && isSource value then
      "${value}"
    else
      toString value;

  endsInBackslash =
    line: lib.hasSuffix "\\" line && !(endsInBackslash (lib.removeSuffix "\\" line));
  plain = value: match "([^[:cntrl:]]*[^\\[:cntrl:]])?" value != null;

  # Line breaks at the end are those of Nix's indented strings.
  continued =
    at: value:
    let
      lines = lib.splitString "\n" (replaceStrings [ "\t" ] [ " " ] (trimmed value));
      last = lib.last lines;
    in
    if
      !(
        lib.all (line: match "[^[:cntrl:]]*" line != null) lines
        && lib.all endsInBackslash (lib.init lines)
      )
    then
      text.refuse at "a line break that no backslash precedes, or another control character" value
    # It continues with an empty line.
    else if endsInBackslash last && lib.hasPrefix "${trimmed value}\n" value then
      continued at (lib.removeSuffix "\\" (trimmed value))
    else if endsInBackslash last then
      text.refuse at "a backslash at its end, which would join the next line to it" value
    else
      trimmed value;
  trimmed =
    value:
    if match ".*[ \t\n]" value != null then
      trimmed (lib.substring 0 (lib.stringLength value - 1) value)
    else
      value;

  settingValue =
    at: value:
    let
      v = toValue value;
    in
    if plain v then v else continued at v;

  keyName =
    text.restrict
      "[a-zA-Z0-9_.-]+"
      "anything but letters, digits, `_', `.' and `-' in a setting's name";

  # Nearly all lines are plain, and need a single match.
  toLine =
    at: name: value:
    let
      line = "${name}=${toValue value}";
    in
    if match "[a-zA-Z0-9_.-]+=([^[:cntrl:]]*[^\\[:cntrl:]])?" line != null then
      "${line}\n"
    else
      "${keyName at name}=${settingValue (text.below at name) value}\n";

  # A list gives a line for each entry, which systemd concatenates. null gives none.
  toLines =
    at: name: value:
    if value == null then
      ""
    else if isList value then
      lib.concatMapStrings (toLine at name) value
    else
      toLine at name value;
in
rec {
  inherit isSource settingValue toLines;

  /* The line of a setting, for the option at `at`. */
  setting = at: key: value: "${key}=${settingValue at value}\n";

  attrsToSection = at: section: lib.concatStrings (lib.mapAttrsToList (toLines at) section);

  /* { Section = { Key = value or list; }; } as text, without empty sections. `at` is the place of the option with the sections. */
  settingsToText =
    at: settings:
    let
      title =
        text.restrict
          "[^][[:cntrl:]]+"
          "brackets or line breaks in a section's name, nor be empty"
          at;
      body = lib.mapAttrs (name: attrsToSection (text.below at name)) settings;
      present = filter (name: body.${name} != "") (attrNames settings);
    in
    lib.concatMapStringsSep "\n" (name: "[${title name}]\n${body.${name}}") present;

  /* Environment="NAME=value" lines; null leaves a variable out. As on NixOS systemd replaces specifiers (%d, %h) in values;
     %% is a percent sign. */
  environmentLines =
    at: environment:
    lib.concatStrings (
      lib.mapAttrsToList (
        name: value: lib.optionalString (value != null) "Environment=${assignment at name value}\n"
      ) environment
    );

  /* "NAME=value" in quotes, escaped as in C. The value may have several lines. */
  assignment = at: name: value: toJSON "${text.variableName at name}=${toValue value}";

  /* The name of a unit, with or without its suffix. */
  unitName =
    text.restrict
      "[a-zA-Z0-9:_.\\@%-]+"
      "anything but letters, digits, `:', `_', `.', `\\', `@', `%' and `-' in a unit's name";
}
