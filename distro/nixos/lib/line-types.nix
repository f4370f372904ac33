# `lib.types` for options whose values go to files that are read line by line, such as units: strings and paths have no line breaks.
{ lib }:

lib.types
// {
  str = lib.types.singleLineStr;
  path = lib.types.addCheck lib.types.path (
    value: builtins.match "[^[:cntrl:]]*" (toString value) != null
  );
}
