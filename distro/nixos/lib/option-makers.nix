# Makers of options of the kinds that many modules declare. Types that line-types.nix changes are no part of them.
{ lib }:

let
  inherit (lib) mkOption types;
in
rec {
  /* An option of a type, with its default. */
  option = type: default: description: mkOption { inherit type default description; };

  /* One that is true or false. */
  flag = option types.bool;

  /* One line of text. */
  line = option types.singleLineStr;

  /* Lines of text, to which those of several modules are joined; none by default. */
  lines = option types.lines "";

  /* A list of strings, which is empty by default. */
  strings = option (types.listOf types.str) [ ];

  /* A value of a type, or null, which is the default. */
  orNull = type: option (types.nullOr type) null;

  /* The same, with an example. */
  orNullLike =
    type: example: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };
}
