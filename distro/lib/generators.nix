# Values as text of other formats: INI, key=value, JSON, YAML, Lua, plist, Nix.
{ lib }:

let
  inherit (builtins) attrNames concatStringsSep filter functionArgs isAttrs isBool isFloat isFunction isInt isList isPath isString length map mapAttrs match toJSON;
  inherit (lib) concatMapStringsSep concatStrings escape isDerivation mapAttrsToList;

  indentAll = prefix: text: lib.replaceStrings [ "\n" ] [ "\n${prefix}" ] text;
in
rec {
  /* A value as most configuration files want it. */
  mkValueStringDefault = { }: v:
    let err = t: throw "generators.mkValueStringDefault: ${t} not supported: ${toPretty { } v}";
    in
    if isInt v then toString v
    else if isDerivation v then toString v
    else if isString v then v
    else if v == true then "true"
    else if v == false then "false"
    else if v == null then "null"
    else if isList v then err "lists are"
    else if isAttrs v then err "attrsets are"
    else if lib.isFunction v then err "functions are"
    else if isFloat v then lib.strings.floatToString v
    else if isPath v then toString v
    else err "this value is";

  mkKeyValueDefault = { mkValueString ? mkValueStringDefault { } }: sep: k: v:
    "${escape [ sep ] k}${sep}${mkValueString v}";

  toKeyValue = { mkKeyValue ? mkKeyValueDefault { } "=", listsAsDuplicateKeys ? false, indent ? "" }:
    let
      line = k: v: indent + mkKeyValue k v + "\n";
      lines = if listsAsDuplicateKeys then k: v: map (line k) (lib.toList v) else k: v: [ (line k v) ];
    in
    attrs: concatStrings (builtins.concatLists (mapAttrsToList lines attrs));

  toINI = { mkSectionName ? (escape [ "[" "]" ]), mkKeyValue ? mkKeyValueDefault { } "=", listsAsDuplicateKeys ? false }: sections:
    concatStringsSep "\n" (mapAttrsToList
      (name: values: "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values)
      sections);

  toINIWithGlobalSection = { mkSectionName ? (escape [ "[" "]" ]), mkKeyValue ? mkKeyValueDefault { } "=", listsAsDuplicateKeys ? false }:
    { globalSection, sections ? { } }:
    (if globalSection == { } then "" else toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n")
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  toGitINI = attrs:
    let
      keyValue = k: v:
        let
          gitValue = v: if isBool v then lib.boolToString v else if isInt v then toString v else ''"${escape [ "\\" "\"" ] (lib.replaceStrings [ "\n" "\t" ] [ "\\n" "\\t" ] v)}"'';
        in
        concatMapStringsSep "\n" (x: "\t${k} = ${gitValue x}") (lib.toList v);
      # { a.b.c = 1; } is key c of section [a "b"].
      section = path: set:
        let
          subs = lib.filterAttrs (_: v: isAttrs v && !isDerivation v) set;
          keys = lib.filterAttrs (_: v: !(isAttrs v && !isDerivation v)) set;
          title = if length path == 1 then "[${lib.head path}]" else ''[${lib.head path} "${concatStringsSep "." (lib.tail path)}"]'';
        in
        (if keys == { } then [ ] else [ ("${title}\n" + concatStringsSep "\n" (mapAttrsToList keyValue keys) + "\n") ])
        ++ builtins.concatLists (mapAttrsToList (n: section (path ++ [ n ])) subs);
    in
    concatStringsSep "\n" (builtins.concatLists (mapAttrsToList (n: section [ n ]) attrs));

  toJSON = { }: builtins.toJSON;
  # JSON is YAML.
  toYAML = toJSON;

  toDconfINI = toINI {
    mkKeyValue = mkKeyValueDefault { mkValueString = v: if isString v then "'${escape [ "'" "\\" ] v}'" else mkValueStringDefault { } v; } "=";
  };

  /* Bounds the depth to which a value is looked at. */
  withRecursion = { depthLimit, throwOnDepthLimit ? true }:
    assert isInt depthLimit;
    let
      special = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
      go = depth: v:
        if isAttrs v && isDerivation v then v
        else if isList v then (if depth > depthLimit then stop "list" else map (go (depth + 1)) v)
        else if isAttrs v then
          if depth > depthLimit then stop "set" else mapAttrs (name: x: if builtins.elem name special then x else go (depth + 1) x) v
        else v;
      stop = kind:
        if throwOnDepthLimit then throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else { __pretty = _: if kind == "list" then "[ … ]" else "{ … }"; val = null; };
    in
    go 0;

  /* Nix syntax, for people. Functions and derivations are shown in short. */
  toPretty = { allowPrettyValues ? false, multiline ? true, indent ? "" }:
    let
      go = indent: v:
        let
          open = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
        in
        if isInt v then toString v
        else if isFloat v then "~${lib.strings.floatToString v}"
        else if isString v then showString indent v
        else if v == true then "true"
        else if v == false then "false"
        else if v == null then "null"
        else if isPath v then toString v
        else if isList v then
          if v == [ ] then "[ ]" else "[" + open + concatMapStringsSep open (go (indent + "  ")) v + close + "]"
        else if isFunction v then
          let args = mapAttrsToList (name: optional: if optional then name + "?" else name) (functionArgs v);
          in if args == [ ] then "<function>" else "<function, args: {${concatStringsSep ", " args}}>"
        else if isAttrs v then
          if v ? __pretty && (allowPrettyValues || v.val or 0 == null) then v.__pretty v.val
          else if v == { } then "{ }"
          else if v.type or null == "derivation" then "<derivation ${v.name or "???"}>"
          else if v ? _type && v._type == "option" then "<option>"
          else if v ? _type && v._type == "option-type" then "<option type ${v.name or "???"}>"
          else
            "{" + open + concatStringsSep open (mapAttrsToList
              (name: value: "${lib.strings.escapeNixIdentifier name} = ${
                builtins.addErrorContext "while evaluating an attribute `${name}'" (go (indent + "  ") value)
              };")
              v) + close + "}"
        else abort "generators.toPretty: should never happen (v = ${toString v})";
      showString = indent: s:
        let
          lines = filter (x: !isList x) (builtins.split "\n" s);
          text = lib.replaceStrings [ "''" "\${" ] [ "'''" "''\${" ] s;
        in
        if multiline && length lines > 1
        then "''\n${indent}  ${indentAll (indent + "  ") text}''"
        else lib.strings.escapeNixString s;
    in
    go indent;

  toPlist = { escape ? false }: v:
    let
      text = s: if escape then lib.escapeXML s else s;
      expr = ind: x:
        if x == null then ""
        else if isBool x then (if x then "${ind}<true/>" else "${ind}<false/>")
        else if isInt x then "${ind}<integer>${toString x}</integer>"
        else if isString x then "${ind}<string>${text x}</string>"
        else if isList x then "${ind}<array>\n${concatMapStringsSep "\n" (expr (ind + "\t")) x}\n${ind}</array>"
        else if isAttrs x && !isDerivation x then
          "${ind}<dict>\n${concatStringsSep "\n" (builtins.concatLists (mapAttrsToList
            (k: v: if v == null then [ ] else [ "${ind}\t<key>${text k}</key>" (expr (ind + "\t") v) ]) x))}\n${ind}</dict>"
        else if isFloat x then "${ind}<real>${lib.strings.floatToString x}</real>"
        else if isPath x || isDerivation x then "${ind}<string>${text (toString x)}</string>"
        else throw "generators.toPlist: a ${builtins.typeOf x} is not supported";
    in
    ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      ${expr "" v}
      </plist>'';

  mkLuaInline = expr: { _type = "lua-inline"; inherit expr; };
  toLua = { multiline ? true, indent ? "", asBindings ? false }@args: v:
    let
      inner = indent + "  ";
      sep = if multiline then "\n${inner}" else " ";
      close = if multiline then "\n${indent}" else " ";
      next = toLua (args // { indent = inner; asBindings = false; });
      field = name: value: "[${builtins.toJSON name}] = ${next value}";
    in
    if asBindings then concatStrings (mapAttrsToList (name: value: "${indent}${name} = ${toLua (args // { asBindings = false; }) value}\n") v)
    else if v == null then "nil"
    else if isInt v || isFloat v || isString v || isBool v then builtins.toJSON v
    else if isPath v || isDerivation v then builtins.toJSON "${v}"
    else if isList v then (if v == [ ] then "{}" else "{${sep}${concatMapStringsSep ",${sep}" next v}${close}}")
    else if isAttrs v then
      if v._type or null == "lua-inline" then "(${v.expr})"
      else if v == { } then "{}"
      else "{${sep}${concatStringsSep ",${sep}" (mapAttrsToList field v)}${close}}"
    else throw "generators.toLua: type ${builtins.typeOf v} is unsupported";

  toDhall = { }: v:
    if isAttrs v then "{ ${concatStringsSep ", " (mapAttrsToList (k: x: "${k} = ${toDhall { } x}") v)} }"
    else if isList v then "[ ${concatMapStringsSep ", " (toDhall { }) v} ]"
    else if isInt v then (if v < 0 then "" else "+") + toString v
    else if isBool v then (if v then "True" else "False")
    else if isFunction v then abort "generators.toDhall: cannot convert a function to Dhall"
    else if v == null then abort "generators.toDhall: cannot convert a null to Dhall"
    else builtins.toJSON v;
}
