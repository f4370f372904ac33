# Dhall's records, lists and literals.
{ lib }:

let
  inherit (builtins) isAttrs isBool isFunction isInt isList map toJSON;
  commas = builtins.concatStringsSep ", ";
in
rec {
  toDhall =
    { }@args:
    v:
    if isAttrs v then
      "{ ${commas (lib.mapAttrsToList (name: value: "${name} = ${toDhall args value}") v)} }"
    else if isList v then
      "[ ${commas (map (toDhall args) v)} ]"
    else if isInt v then
      "${if v < 0 then "" else "+"}${toString v}"
    else if isBool v then
      (if v then "True" else "False")
    else if isFunction v then
      abort "generators.toDhall: cannot convert a function to Dhall"
    else if v == null then
      abort "generators.toDhall: cannot convert a null to Dhall"
    else
      toJSON v;
}
