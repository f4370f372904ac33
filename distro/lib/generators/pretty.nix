# Nix syntax, for people. Functions and derivations are shown in short.
{ lib }:

let
  inherit (builtins)
    concatStringsSep
    elem
    filter
    isAttrs
    isFloat
    isInt
    isList
    isPath
    isString
    length
    map
    mapAttrs
    split
    ;
  inherit (lib) concatMapStringsSep escape mapAttrsToList replaceStrings;

  # How a set behaves, not what it is.
  special = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
in
{
  /* The value with nothing below a depth, so that it can be shown at all. */
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert isInt depthLimit;
    let
      within =
        depth: v:
        if depth <= depthLimit then
          v
        else if throwOnDepthLimit then
          throw
            "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      go =
        depth: v:
        let
          below = x: go (depth + 1) (within (depth + 1) x);
        in
        if isAttrs v then
          mapAttrs (name: x: if elem name special then x else below x) v
        else if isList v then
          map below v
        else
          within (depth + 1) v;
    in
    go 0;

  /* allowPrettyValues: { __pretty, val } is shown as __pretty says. */
  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      go =
        indent: v:
        let
          inner = indent + "  ";
          open = if multiline then "\n${inner}" else " ";
          close = if multiline then "\n${indent}" else " ";
        in
        if isInt v then
          toString v
        else if isFloat v then
          builtins.toJSON v
        else if isString v then
          showString open close v
        else if v == true then
          "true"
        else if v == false then
          "false"
        else if v == null then
          "null"
        else if isPath v then
          toString v
        else if isList v then
          (if v == [ ] then "[ ]" else "[${open}${concatMapStringsSep open (go inner) v}${close}]")
        else if lib.isFunction v then
          let
            args = mapAttrsToList (name: optional: if optional then "${name}?" else name) (
              lib.functionArgs v
            );
          in
          if args == [ ] then "<function>" else "<function, args: {${concatStringsSep ", " args}}>"
        else if isAttrs v then
          if allowPrettyValues && v ? __pretty && v ? val then
            v.__pretty v.val
          else if v == { } then
            "{ }"
          else if v.type or null == "derivation" then
            "<derivation ${v.name or "???"}>"
          else
            "{${open}${concatStringsSep open (mapAttrsToList (attribute inner) v)}${close}}"
        else
          abort "generators.toPretty: should never happen (v = ${v})";

      attribute =
        indent: name: value:
        "${
          lib.strings.escapeNixIdentifier name
        } = ${builtins.addErrorContext "while evaluating an attribute `${name}`" (go indent value)};";

      showString =
        open: close: s:
        let
          lines = filter isString (split "\n" s);
          plain = replaceStrings [ "''" "\${" ] [ "'''" "''\${" ];
          last = plain (lib.last lines);
        in
        if multiline && length lines > 1 then
          "''${open}${concatMapStringsSep open plain (lib.init lines)}${if last == "" then close else open + last}''"
        else
          "\"${concatMapStringsSep "\\n" (escape [ "\\" "\"" "\${" ]) lines}\"";
    in
    go indent;
}
