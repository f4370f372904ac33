# What a value may hold that becomes part of a generated file.
#
# Each format has a file of its own in this folder, which takes values and gives lines. A value either fits between the separators of its
# format, or is escaped, or is refused with the option that it comes from: it never ends its field, its quotes or its line.
# `at` says where a value comes from and goes to: { option, file }; `option` is the option's name as users write it.
{ lib }:

let
  inherit (builtins) match replaceStrings stringLength substring toJSON;

  shown =
    value:
    let
      text = toJSON value;
    in
    if stringLength text > 120 then "${substring 0 120 text}..." else text;
in
rec {
  /* Throws that a value cannot be written. `secret` keeps it out of the message. */
  refuse =
    {
      option,
      file,
      secret ? false,
    }:
    cannot: value:
    throw (
      "The option `${option}' is written to ${file}, where it cannot have ${cannot}."
      + lib.optionalString (!secret) " Its value is ${shown value}."
    );

  /* A check: value -> the same value, where all of it matches the pattern. */
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

  /* A value that is a line of its own: a line break may end it, as it does in Nix's indented strings. */
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

  /* The name of a variable of the environment. */
  variableName =
    restrict
      "[a-zA-Z_][a-zA-Z0-9_]*"
      "anything but letters, digits and `_' in a variable's name, which begins with no digit";

  /* The name of a network interface, as the kernel takes it. */
  interfaceName =
    restrict
      "[^[:space:][:cntrl:]\"/]{1,15}"
      "blanks, quotes, slashes or more than 15 characters in an interface's name";

  /* One name in a directory. */
  fileName =
    restrict
      "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*"
      "`/', line breaks or other control characters in a file's name, which is neither empty nor made of dots";

  /* A path below a directory, without needless slashes. */
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

  /* `at` of a part of the same option. */
  below = at: name: at // { option = "${at.option}.${lib.strings.escapeNixIdentifier name}"; };
}
