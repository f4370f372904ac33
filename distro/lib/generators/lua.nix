# Lua's tables and variables.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    filter
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    map
    match
    toJSON
    ;
  inherit (lib) mapAttrsToList;

  isVariable = name: match "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*" name != null;
in
rec {
  /* Lua code within a value. */
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };

  /* asBindings: a set is `name = value` for each of its names, not a table. */
  toLua =
    {
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }@args:
    v:
    let
      inner = indent + "  ";
      open = if multiline then "\n${inner}" else " ";
      close = if multiline then "\n${indent}" else " ";
      table =
        fields:
        if fields == [ ] then "{}" else "{${open}${concatStringsSep ",${open}" fields}${close}}";
      within = toLua (args // {
        indent = if asBindings then indent else inner;
        asBindings = false;
      });
      wrong = filter (name: !isVariable name) (attrNames v);
    in
    if asBindings then
      assert lib.assertMsg (wrong == [ ]) "Bad Lua var names: ${lib.generators.toPretty { } wrong}";
      lib.concatStrings (mapAttrsToList (name: value: "${indent}${name} = ${within value}\n") v)
    else if v == null then
      "nil"
    else if isInt v || isFloat v || isString v || isBool v then
      toJSON v
    else if isPath v || lib.isDerivation v then
      toJSON "${v}"
    else if isList v then
      table (map within v)
    else if v._type or null == "lua-inline" then
      "(${v.expr})"
    else if isAttrs v then
      table (mapAttrsToList (name: value: "[${toJSON name}] = ${within value}") v)
    else
      abort "generators.toLua: type ${builtins.typeOf v} is unsupported";
}
