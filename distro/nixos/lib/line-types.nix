# `lib.types` for options whose values go to files that are read line by line, such as units: strings and paths have no line breaks.
{ lib }:

let
  inherit (import ./formats/text.nix { inherit lib; }) restrict;

  /* A string that no error shows, `file` being where it goes. A line break at its end is Nix's. */
  secretMatching =
    pattern: cannot: file:
    lib.mkOptionType {
      name = "singleLineStr";
      description = "(optionally newline-terminated) single-line string";
      descriptionClass = "noun";
      check = builtins.isString;
      merge =
        loc: defs:
        let
          option = lib.showOption loc;
          values = lib.unique (map (d: lib.removeSuffix "\n" d.value) defs);
        in
        if builtins.length values > 1 then
          throw "${option} has several definitions that differ. Remove all but one."
        else
          restrict pattern cannot {
            inherit option file;
            secret = true;
          } (builtins.head values);
    };
  inherit (import ./formats/systemd.nix { inherit lib; }) isSource;
  hasNoBreak = value: builtins.match "[^[:cntrl:]]*" (toString value) != null;
in
lib.types
// {
  inherit secretMatching;
  str = lib.types.singleLineStr;
  path = lib.types.addCheck lib.types.path hasNoBreak;
  secretLine =
    secretMatching
      "([^[:cntrl:]]|\t)*"
      "a line break or another control character"
      "a file of lines";

  /* The path of a file that the machine has, such as one with a secret. A file of the configuration is refused: it is not there, or all
     users can read it in the store. */
  machineFile = lib.mkOptionType {
    name = "machineFile";
    description = "absolute path of a file in the machine";
    descriptionClass = "noun";
    check = value: lib.types.path.check value && hasNoBreak value;
    merge =
      loc: defs:
      let
        value = lib.options.mergeEqualOption loc defs;
      in
      if !(builtins.isPath value) then
        # It works, as on NixOS.
        lib.warnIf
          (lib.hasPrefix "${builtins.storeDir}/" "${value}")
          "${
            lib.showOption loc
          } is a file in the store, which all users of the machine can read. Put a secret into the machine by other means."
          value
      else if isSource value then
        throw (
          "${
            lib.showOption loc
          } is a file of the configuration (${baseNameOf value}), which the machine does not have: in the store all of "
          + "its users could read a secret. Put the file into the machine, and write its path as a string: \"/run/secrets/${
            baseNameOf value
          }\"."
        )
      else
        toString value;
  };
}
