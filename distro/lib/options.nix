# Declaring options, and the common ways to merge their definitions.
{ lib }:

let
  inherit (builtins)
    all
    elem
    elemAt
    filter
    foldl'
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    map
    tail
    ;
  inherit (lib.modules) errors;

  during = what: name: builtins.addErrorContext "while evaluating the ${what} of option `${name}`";

  # An option and those within its type.
  documented =
    option:
    let
      name = options.showOption option.loc;
      visible = option.visible or true;
      # What no definition means; of submodules their options say it.
      emptyValue =
        if option.type.getSubModules or null == null then option.type.emptyValue or { } else { };
      doc =
        {
          inherit (option) loc;
          inherit name;
          description = option.description or null;
          declarations = filter (file: file != options.unknownModule) option.declarations;
          internal = option.internal or false;
          visible = if isBool visible then visible else visible == "shallow";
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // lib.optionalAttrs (option ? example) {
          example = during "example" name (options.renderOptionValue option.example);
        }
        // lib.optionalAttrs (option ? defaultText || option ? default || emptyValue ? value) {
          default = during (if option ? defaultText then "defaultText" else "default value") name (
            options.renderOptionValue (option.defaultText or option.default or emptyValue.value)
          );
        }
        // lib.optionalAttrs (option.relatedPackages or null != null) {
          inherit (option) relatedPackages;
        };
      within = option.type.getSubOptions option.loc;
      showWithin = if isBool visible then visible else visible == "transparent";
    in
    [ doc ]
    ++ lib.optionals (showWithin && within != { }) (
      options.optionAttrSetToDocList' option.loc within
    );

  options = rec {
    isOption = v: v._type or null == "option";

    /*
      default, defaultText         the value without definitions, and what documentation says of it
      example, description         for documentation, as relatedPackages
      type                         checks and merges definitions (see types/base.nix)
      apply                        value -> what is read from `config`
      internal                     not for users
      visible                      in documentation: true, false, "shallow" (without its suboptions) or "transparent" (those alone)
      readOnly                     may be set once
    */
    mkOption =
      {
        default ? null,
        defaultText ? null,
        example ? null,
        description ? null,
        relatedPackages ? null,
        type ? null,
        apply ? null,
        internal ? null,
        visible ? null,
        readOnly ? null,
      }@attrs:
      attrs // { _type = "option"; };

    mkEnableOption =
      name:
      mkOption {
        default = false;
        example = true;
        description = "Whether to enable ${name}.";
        type = lib.types.bool;
      };

    /* An option whose value is a package of `pkgs`: by default the one at `default`, an attribute name or a path. `name` is for the
       description. A default of null means none, or null itself where the option is nullable. */
    mkPackageOption =
      pkgs: name:
      {
        nullable ? false,
        default ? name,
        example ? null,
        extraDescription ? "",
        pkgsText ? "pkgs",
      }:
      let
        path = lib.showAttrPath (lib.toList default);
        literal = attrPath: literalExpression "${pkgsText}.${lib.showAttrPath attrPath}";
        byDefault =
          if default != null then
            {
              default =
                lib.attrByPath
                  (lib.toList default)
                  (throw "${path} cannot be found in ${pkgsText}")
                  pkgs;
              defaultText = literal (lib.toList default);
            }
          else
            lib.optionalAttrs nullable { default = null; };
      in
      mkOption (
        byDefault
        // {
          type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
          description =
            "The ${if isList name then lib.last name else name} package to use."
            + (if extraDescription == "" then "" else " ${extraDescription}");
        }
        // lib.optionalAttrs (example != null) {
          example = if isList example then literal example else literalExpression example;
        }
      );
    mkPackageOptionMD = mkPackageOption;

    /* An option that takes definitions of any kind and is never read. */
    mkSinkUndeclaredOptions =
      attrs:
      mkOption ({
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

    mergeDefaultOption =
      loc: defs:
      let
        values = getValues defs;
      in
      if length defs == 1 then
        head values
      else if all lib.isFunction values then
        x:
        mergeDefaultOption loc (
          map (def: {
            inherit (def) file;
            value = def.value x;
          }) defs
        )
      else if all isList values then
        builtins.concatLists values
      else if all isAttrs values then
        foldl' lib.mergeAttrs { } values
      else if all isBool values then
        builtins.any (x: x) values
      else if all isString values then
        builtins.concatStringsSep "" values
      else if all isInt values && all (x: x == head values) values then
        head values
      else
        errors.cannotMerge loc defs;

    mergeOneOption = mergeUniqueOption { message = ""; };

    mergeUniqueOption =
      {
        message,
        merge ? (_: defs: (head defs).value),
      }:
      loc: defs: if length defs == 1 then merge loc defs else errors.multiple loc defs message;

    mergeEqualOption =
      loc: defs:
      let
        first = (head defs).value;
      in
      if defs == [ ] then
        abort "mergeEqualOption: no definitions"
      else if length defs == 1 then
        first
      else if all (def: def.value == first) (tail defs) then
        first
      else
        errors.conflict loc defs;

    getValues = map (x: x.value);
    getFiles = map (x: x.file);

    # Text

    literalExpression =
      text:
      if !isString text then
        throw "literalExpression expects a string"
      else
        {
          _type = "literalExpression";
          inherit text;
        };
    literalExample = literalExpression;
    literalMD =
      text:
      if !isString text then
        throw "literalMD expects a string"
      else
        {
          _type = "literalMD";
          inherit text;
        };
    literalCode = language: text: literalMD "```${language}\n${text}\n```\n";
    mdDoc = text: text;

    /* showOption [ "a" "b c" "<name>" ] == "a.\"b c\".<name>" */
    showOption =
      parts:
      let
        part =
          p:
          if
            elem p [ "<name>" "*" "<function body>" "<customisation>" ]
            || builtins.match "<.*>|\\[definition .*]" p != null
          then
            p
          else
            lib.strings.escapeNixIdentifier p;
      in
      builtins.concatStringsSep "." (map part parts);

    showOptionWithDefLocs = opt: ''
      ${showOption opt.loc}, with values defined in:
      ${builtins.concatStringsSep "\n" (map (file: "  - ${file}") opt.files)}
    '';

    showFiles = files: builtins.concatStringsSep " and " (map (file: "`${file}'") files);

    showDefs = errors.showDefinitions;

    unknownModule = "<unknown-file>";

    scrubOptionValue =
      x:
      if lib.isDerivation x then
        x
        // {
          type = "derivation";
          drvPath = x.name;
          outPath = x.name;
          name = x.name;
        }
      else if isList x then
        map scrubOptionValue x
      else if isAttrs x then
        builtins.mapAttrs (_: scrubOptionValue) (builtins.removeAttrs x [ "_args" ])
      else
        x;

    renderOptionValue =
      v:
      if v ? _type && v ? text then
        v
      else
        literalExpression (
          lib.generators.toPretty {
            multiline = true;
            allowPrettyValues = true;
          } v
        );

    /* All options of a tree, and those within their types, as data for documentation. */
    optionAttrSetToDocList = optionAttrSetToDocList' [ ];
    optionAttrSetToDocList' =
      _: options: builtins.concatMap documented (lib.collect isOption options);
  };
in
options
