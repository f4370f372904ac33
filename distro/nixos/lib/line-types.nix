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
in
lib.types
// {
  inherit secretMatching;
  str = lib.types.singleLineStr;
  path = lib.types.addCheck lib.types.path (
    value: builtins.match "[^[:cntrl:]]*" (toString value) != null
  );
  secretLine =
    secretMatching
      "([^[:cntrl:]]|\t)*"
      "a line break or another control character"
      "a file of lines";
}
