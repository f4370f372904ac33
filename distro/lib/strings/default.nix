# Functions on strings.
{ lib }:

let
  part = file: import file { inherit lib; };
in
part ./build.nix
// part ./parts.nix
// part ./case.nix
// part ./escape.nix
// part ./shell.nix
// part ./names.nix
// part ./flags.nix
// part ./convert.nix
// part ./distance.nix
// {
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isInt
    isList
    isAttrs
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  inherit (lib.trivial) toFunction warn;
}
