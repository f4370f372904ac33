# key = value
{ lib }:

let
  inherit (builtins) concatLists isAttrs isFloat isInt isList isString map;
  inherit (lib.generators) toPretty;
in
rec {
  /* A value as most configuration files want it. */
  mkValueStringDefault =
    { }:
    v:
    let
      unsupported =
        what: abort "generators.mkValueStringDefault: ${what} not supported: ${toPretty { } v}";
    in
    if isInt v || lib.isDerivation v then
      toString v
    else if isString v then
      v
    else if v == true then
      "true"
    else if v == false then
      "false"
    else if v == null then
      "null"
    else if isList v then
      unsupported "lists"
    else if isAttrs v then
      unsupported "attrsets"
    else if lib.isFunction v then
      unsupported "functions"
    else if isFloat v then
      lib.strings.floatToString v
    else
      unsupported "this value is";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    sep: k: v: "${lib.escape [ sep ] k}${sep}${mkValueString v}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = k: v: "${indent}${mkKeyValue k v}\n";
      lines =
        if listsAsDuplicateKeys then k: v: map (line k) (lib.toList v) else k: v: [ (line k v) ];
    in
    attrs: lib.concatStrings (concatLists (lib.mapAttrsToList lines attrs));
}
