# Declaring options, and the common ways to merge their definitions.
{ lib }:

let
  inherit (builtins) all elem elemAt filter foldl' head isAttrs isBool isFunction isInt isList isString length map tail;
  inherit (lib.modules) errors;
in
rec {
  isOption = v: v._type or null == "option";

  /* { default, defaultText, example, description, relatedPackages, type, apply, internal, visible, readOnly } */
  mkOption = attrs: attrs // { _type = "option"; };

  mkEnableOption = name: mkOption {
    default = false;
    example = true;
    description = "Whether to enable ${name}.";
    type = lib.types.bool;
  };

  mkPackageOption = pkgs: name:
    { nullable ? false, default ? name, example ? null, extraDescription ? "", pkgsText ? "pkgs" }:
    let
      names = if isList name then name else [ name ];
      path = if isList default then default else [ default ];
      text = "${pkgsText}.${builtins.concatStringsSep "." path}";
    in
    mkOption (
      {
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        description = "The ${builtins.concatStringsSep "." names} package to use." + (if extraDescription == "" then "" else " ${extraDescription}");
      }
      // (if default == null then { default = null; } else {
        default = lib.getAttrFromPath path pkgs;
        defaultText = literalExpression text;
      })
      // (if example == null then { } else {
        example = literalExpression (if isList example then "${pkgsText}.${builtins.concatStringsSep "." example}" else example);
      })
    );
  mkPackageOptionMD = mkPackageOption;

  /* An option that takes definitions of any kind and is never read. */
  mkSinkUndeclaredOptions = attrs: mkOption ({
    internal = true;
    visible = false;
    default = false;
    description = "Sink for option definitions.";
    type = lib.mkOptionType {
      name = "sink";
      check = _: true;
      merge = _: _: false;
    };
    apply = _: throw "Option value is not readable because the option is not declared.";
  } // attrs);

  # Ways to merge definitions ({ file, value } lists) to one value

  mergeDefaultOption = loc: defs:
    let values = getValues defs;
    in
    if length defs == 1 then head values
    else if all isFunction values then x: mergeDefaultOption loc (map (f: { file = ""; value = f x; }) values)
    else if all isList values then builtins.concatLists values
    else if all isAttrs values then foldl' lib.mergeAttrs { } values
    else if all isBool values then builtins.any (x: x) values
    else if all isString values then builtins.concatStringsSep "" values
    else errors.conflict loc defs;

  mergeOneOption = mergeUniqueOption { message = ""; };

  mergeUniqueOption = { message, merge ? null }: loc: defs:
    if length defs == 1 then (if merge == null then (head defs).value else merge loc defs)
    else errors.multiple loc defs message;

  mergeEqualOption = loc: defs:
    let first = (head defs).value;
    in
    if defs == [ ] then abort "mergeEqualOption: no definitions"
    else if length defs == 1 then first
    else if all (def: def.value == first) (tail defs) then first
    else errors.conflict loc defs;

  getValues = map (x: x.value);
  getFiles = map (x: x.file);

  # Text

  literalExpression = text:
    if !isString text then throw "literalExpression expects a string"
    else { _type = "literalExpression"; inherit text; };
  literalExample = literalExpression;
  literalMD = text:
    if !isString text then throw "literalMD expects a string"
    else { _type = "literalMD"; inherit text; };
  mdDoc = text: text;

  /* showOption [ "a" "b c" "<name>" ] == "a.\"b c\".<name>" */
  showOption = parts:
    let part = p: if elem p [ "<name>" "*" "<function body>" "<customisation>" ] || builtins.match "<.*>|\\[definition .*]" p != null then p else lib.strings.escapeNixIdentifier p;
    in builtins.concatStringsSep "." (map part parts);

  showOptionWithDefLocs = opt: ''
      ${showOption opt.loc}, with values defined in:
      ${builtins.concatStringsSep "\n" (map (file: "  - ${file}") opt.files)}
    '';

  showFiles = files: builtins.concatStringsSep " and " (map (file: "`${file}'") files);

  showDefs = errors.showDefinitions;

  unknownModule = "<unknown-file>";

  scrubOptionValue = x:
    if lib.isDerivation x then x // { type = "derivation"; drvPath = x.name; outPath = x.name; name = x.name; }
    else if isList x then map scrubOptionValue x
    else if isAttrs x then builtins.mapAttrs (_: scrubOptionValue) (builtins.removeAttrs x [ "_args" ])
    else x;

  renderOptionValue = v:
    if v ? _type && v ? text then v
    else literalExpression (lib.generators.toPretty { multiline = true; allowPrettyValues = true; } v);

  optionAttrSetToDocList = optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' = _: options:
    builtins.concatMap
      (opt:
        let
          name = showOption opt.loc;
          doc = {
            inherit (opt) loc;
            inherit name;
            description = opt.description or null;
            declarations = filter (file: file != unknownModule) opt.declarations;
            internal = opt.internal or false;
            visible = if opt ? visible && opt.visible == "shallow" then true else opt.visible or true;
            readOnly = opt.readOnly or false;
            type = opt.type.description or "unspecified";
          }
          // lib.optionalAttrs (opt ? example) { example = renderOptionValue opt.example; }
          // lib.optionalAttrs (opt ? defaultText || opt ? default) {
            default = builtins.addErrorContext "while evaluating the default of the option `${name}'" (renderOptionValue (opt.defaultText or opt.default));
          }
          // lib.optionalAttrs (opt.relatedPackages or null != null) { inherit (opt) relatedPackages; };
          sub = if opt ? type && opt.type ? getSubOptions then builtins.removeAttrs (opt.type.getSubOptions opt.loc) [ "_module" ] else { };
          visibleSub = opt.visible or true != "shallow" && opt.visible or true != false && sub != { };
        in
        [ doc ] ++ lib.optionals visibleSub (optionAttrSetToDocList' opt.loc sub))
      (lib.collect isOption options);
}
