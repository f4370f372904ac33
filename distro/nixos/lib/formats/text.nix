# Checks of values that become part of a generated file.
#
# Each format is a file in this folder: functions from values to lines. A value that does not fit between the format's separators is
# escaped, or refused with the name of its option: it never ends its field, its quotes or its line.
# `at` is { option, file }: the name of the option that the value comes from, as users write it, and the file that it goes to.
{ lib }:

let
  inherit (builtins) match replaceStrings stringLength substring toJSON;

  shown =
    value:
    let
      text = toJSON value;
    in
    if stringLength text > 120 then "${substring 0 120 text}..." else text;
  # Where an option is defined: modules have a library that knows it. What the distribution itself defines is shown if nothing else is.
  modules = "${toString ../../modules}/";
  defined =
    option:
    let
      all = lib.unique (lib.placesOfOption or (_: [ ]) option);
      others = builtins.filter (place: !(lib.hasPrefix modules place)) all;
      places = lib.take 3 (if others == [ ] then all else others);
    in
    lib.optionalString
      (places != [ ])
      " It is defined at ${lib.concatMapStringsSep ", " (place: "`${place}'") places}.";
in
rec {
  /* Throws an error about a value that cannot be written. `secret` keeps the value out of the message. */
  refuse =
    {
      option,
      file,
      secret ? false,
    }:
    cannot: value:
    throw (
      "${option} is written to ${file}, where it cannot have ${cannot}."
      + lib.optionalString (!secret) " Its value is ${shown value}."
      + defined option
    );

  /* A check: returns the value if all of it matches the pattern. */
  restrict =
    pattern: cannot: at: value:
    if match pattern value != null then value else refuse at cannot value;

  /* Text within one line. Tabs are allowed; no other control character has a place in any of the formats. */
  line =
    at: value:
    if
      match "[^[:cntrl:]]*" value != null
      || match "[^[:cntrl:]]*" (replaceStrings [ "\t" ] [ "" ] value) != null
    then
      value
    else
      refuse at "a line break or another control character" value;

  /* A value that is a whole line. It may end with a line break, as Nix's indented strings do. */
  wholeLine = at: value: line at (lib.removeSuffix "\n" value);

  /* Text between blanks. */
  word =
    restrict
      "[^[:space:][:cntrl:]]+"
      "blanks, line breaks or other control characters, nor be empty";

  /* Text between blanks in a file whose comments begin with `#'. */
  uncommentedWord =
    restrict
      "[^[:space:][:cntrl:]#]+"
      "blanks, `#', line breaks or other control characters, nor be empty";

  /* The name of an environment variable. */
  variableName =
    restrict
      "[a-zA-Z_][a-zA-Z0-9_]*"
      "anything but letters, digits and `_' in a variable's name, which begins with no digit";

  /* The name of a network interface that the kernel accepts. */
  interfaceName =
    restrict
      "[^[:space:][:cntrl:]\"/]{1,15}"
      "blanks, quotes, slashes or more than 15 characters in an interface's name";

  /* The name of a file, without its directory. */
  fileName =
    restrict
      "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*"
      "`/', line breaks or other control characters in a file's name, which is neither empty nor made of dots";

  /* A relative path, without redundant slashes. */
  relativePath =
    at: path:
    let
      parts = builtins.filter (part: part != "") (lib.splitString "/" path);
    in
    if
      match "[^[:cntrl:]]+" path != null
      && parts != [ ]
      && lib.all (part: part != "." && part != "..") parts
    then
      builtins.concatStringsSep "/" parts
    else
      refuse at "line breaks or the parts `.' and `..' in a path, nor be empty" path;

  /* The place of an attribute within an option. */
  below = at: name: at // { option = "${at.option}.${lib.strings.escapeNixIdentifier name}"; };
}
