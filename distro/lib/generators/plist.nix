# Apple's property lists, as XML.
{ lib }:

let
  inherit (builtins)
    concatLists
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    map
    ;
in
{
  toPlist =
    {
      escape ? false,
    }:
    let
      text = if escape then lib.escapeXML else x: x;

      lines =
        indent: tag: inner: "${indent}<${tag}>\n${concatStringsSep "\n" inner}\n${indent}</${tag}>";
      show =
        indent: v:
        let
          deeper = "\t${indent}";
        in
        if v == null then
          ""
        else if isBool v then
          "${indent}<${if v then "true" else "false"}/>"
        else if isInt v then
          "${indent}<integer>${toString v}</integer>"
        else if isString v then
          "${indent}<string>${text v}</string>"
        else if isList v then
          lines indent "array" (map (show deeper) v)
        else if isAttrs v then
          lines indent "dict" (concatLists (lib.mapAttrsToList (entry deeper) v))
        else if isPath v then
          "${indent}<string>${text (toString v)}</string>"
        else if isFloat v then
          "${indent}<real>${toString v}</real>"
        else
          abort "generators.toPlist: should never happen (v = ${v})";
      entry =
        indent: name: value:
        if value == null || name == "_module" then
          [ ]
        else
          [ "${indent}<key>${text name}</key>" (show indent value) ];
    in
    v: ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      ${show "" v}
      </plist>'';
}
