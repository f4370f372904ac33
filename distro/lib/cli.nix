# Sets to command lines.
{ lib }:

let
  inherit (builtins) concatLists concatMap isBool isList stringLength;
  inherit (lib.generators) mkValueStringDefault;
in
rec {
  /*
    optionFormat: name -> {
      option         the flag itself, as "--verbose"
      sep            what stands between it and its argument; null makes two words of them
      explicitBool   whether true and false are arguments; else true is the flag alone, false nothing
      formatArg      value -> text; by default mkValueStringDefault
    }
    Null is nothing, a list is the option once for each element.
  */
  toCommandLine =
    optionFormat: attrs:
    let
      one =
        {
          option,
          sep,
          explicitBool,
          formatArg ? mkValueStringDefault { },
        }:
        value:
        if value == null || !explicitBool && value == false then
          [ ]
        else if !explicitBool && value == true then
          [ option ]
        else if sep == null then
          [ option (formatArg value) ]
        else
          [ "${option}${sep}${formatArg value}" ];
      render =
        name: value:
        if name == "" then
          throw "lib.cli.toCommandLine only accepts non-empty option names."
        else if isList value then
          concatMap (one (optionFormat name)) value
        else
          one (optionFormat name) value;
    in
    concatLists (lib.mapAttrsToList render attrs);

  toCommandLineShell = optionFormat: attrs: lib.escapeShellArgs (toCommandLine optionFormat attrs);

  /* -x of names with one letter, with the argument right behind; --name=argument of others. */
  toCommandLineGNU =
    {
      isLong ? (name: stringLength name > 1),
      explicitBool ? false,
      formatArg ? mkValueStringDefault { },
    }:
    toCommandLine (name: {
      option = if isLong name then "--${name}" else "-${name}";
      sep = if isLong name then "=" else "";
      inherit explicitBool formatArg;
    });

  toCommandLineShellGNU = options: attrs: lib.escapeShellArgs (toCommandLineGNU options attrs);

  # The older way, with the argument as a word of its own.

  toGNUCommandLineShell = options: attrs: lib.escapeShellArgs (toGNUCommandLine options attrs);

  toGNUCommandLine =
    {
      mkOptionName ? (k: if stringLength k == 1 then "-${k}" else "--${k}"),
      mkBool ? (k: v: lib.optional v (mkOptionName k)),
      mkList ? (k: v: concatMap (mkOption k) v),
      mkOption ? (
        k: v:
        if v == null then
          [ ]
        else if optionValueSeparator == null then
          [ (mkOptionName k) (mkValueStringDefault { } v) ]
        else
          [ "${mkOptionName k}${optionValueSeparator}${mkValueStringDefault { } v}" ]
      ),
      optionValueSeparator ? null,
    }:
    options:
    let
      render = k: v: if isBool v then mkBool k v else if isList v then mkList k v else mkOption k v;
    in
    concatLists (lib.mapAttrsToList render options);
}
