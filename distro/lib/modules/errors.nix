# The module system's errors about declarations and definitions. Only evaluated for an error, so none of it must be quick.
{ lib }:

let
  inherit (builtins) concatStringsSep filter isAttrs isString map;
  inherit (lib) showFiles showOption;
  inherit (lib.modules.nearest) nearest list;
  inherit (lib.modules.places) mentioned place quoted showDefinitionsAt showValue;

  usePriorities =
    "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";

  distribution = toString ../../nixos/modules;
  isOwn = file: lib.hasPrefix "${distribution}/" (toString file);

  wrongDefinitions =
    loc: check: defs:
    "Definition values:${showDefinitionsAt loc (filter (def: !check def.value) defs)}";

  notOfType =
    loc: type: reason:
    throw
      "A definition for option `${showOption loc}' is not of type `${type.description}'. ${reason}";
in
{
  inherit showDefinitionsAt;
  showDefinitions = showDefinitionsAt [ ];
  showPlace = place [ ];

  # For a trace: which option, and where its definitions stand.
  context =
    loc: defs:
    let
      places = lib.take 3 (map (quoted loc) defs);
    in
    "while evaluating the option `${showOption loc}'"
    + (if places == [ ] then ":" else ", defined at ${concatStringsSep ", " places}:");

  # Definitions

  conflict =
    loc: defs:
    throw ''
      The option `${showOption loc}' has conflicting definition values:${showDefinitionsAt loc defs}
      ${usePriorities}'';

  cannotMerge =
    loc: defs:
    throw
      "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefinitionsAt loc defs}";

  # A string may be the path of a module's file.
  stringForSubmodule =
    loc: def:
    throw (
      "A definition for option `${showOption loc}' is a string, where a set of options belongs. As the path of a module it names "
      + "no file. Definition values:${showDefinitionsAt loc [ def ]}"
    );

  multiple =
    loc: defs: message:
    throw ''
      The option `${showOption loc}' is defined multiple times while it's expected to be unique.
      ${if message == "" then "" else message + "\n"}Definition values:${showDefinitionsAt loc defs}
      ${usePriorities}'';

  inherit wrongDefinitions;
  wrongType = loc: type: defs: notOfType loc type (wrongDefinitions loc type.check defs);

  # The same from a `headError` of the type.
  typeError = loc: type: headError: notOfType loc type headError.message;

  neitherType =
    loc: t1: t2: defs:
    "The option `${showOption loc}` is neither a value of type `${t1.description}` nor "
    + "`${t2.description}`, Definition values:${showDefinitionsAt loc defs}";

  notDefined =
    loc:
    throw
      "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.";

  readOnly =
    loc: defs:
    throw
      "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefinitionsAt loc defs}";

  notASet =
    loc: def: declared:
    throw ''
      In module `${toString def.file}', you're trying to define a value of type `${builtins.typeOf def.value}'
      rather than an attribute set for the option `${showOption loc}'!${showDefinitionsAt loc [ def ]}

      Its options are: ${concatStringsSep ", " (filter (n: n != "_module") declared)}.'';

  # Declarations

  declaredTwice =
    loc: file: others:
    throw
      "The option `${
        showOption loc
      }' in `${
        toString file
      }' is already declared in ${
        showFiles (map toString others)
      }. ${
        if lib.any isOwn ([ file ] ++ others) then
          "The distribution has this option itself: remove the import of the other module."
        else
          "Import only one of them."
      }";

  declarationsNotASet =
    loc: d:
    throw ''
      An option declaration for `${
        showOption loc
      }' has type `${builtins.typeOf d.options}' rather than an attribute set, in ${quoted loc d}${showValue d.options}.
      Did you mean to define this outside of `options'? A definition stands under `config'.'';

  notAnOption =
    loc: d:
    let
      name = lib.strings.escapeNixIdentifier (lib.last loc);
    in
    throw (
      "In module ${toString d.file}: expected an option declaration at option path "
      + "`${showOption loc}' but got an attribute set with type ${d.options._type}"
      + (
        if d.options._type != "option-type" then
          ""
        else
          ''


            Wrap the type in an option:

                ${name} = lib.mkOption { type = ...; };''
      )
    );

  optionAndSet =
    loc: option: sets:
    let
      type = option.options.type.description or "<no description>";
      nested = lib.concatMap (
        d:
        map (
          name:
          "- option(s) with prefix `${showOption (loc ++ [ name ])}' in module `${toString d.file}'"
        ) (builtins.attrNames d.options)
      ) sets;
    in
    throw ''
      The option `${
        showOption loc
      }' in module `${
        toString option.file
      }' would be a parent of the following options, but its type `${type}' does not support nested options.
      ${concatStringsSep "\n" (builtins.sort builtins.lessThan nested)}
      Give it the type `submodule' to extend it so.'';

  incoherentCheck =
    loc: type:
    throw ''
      The type `${type.description}' of the option `${showOption loc}' was given another check with `type // { check = ...; }'.
      Such an ad-hoc override is incompatible with the way in which this type checks and merges.

      Please use `lib.types.addCheck' instead:

          lib.types.addCheck type (value: ...)'';

  # Loading modules

  # For a trace: where a module's `imports` name the file.
  importPlace =
    parent: m:
    let
      pos = if parent == null then null else builtins.unsafeGetAttrPos "imports" parent;
    in
    if pos == null then
      ""
    else
      ", which `imports' name at `${mentioned (baseNameOf (toString m)) pos}'";

  unsupportedAttribute =
    file: names:
    throw (
      "Module `${toString file}' has an unsupported attribute ${concatStringsSep ", " (map (n: "`${n}'") names)}. "
      + "This is caused by introducing a top-level `config' or `options' attribute. Add configuration "
      + "attributes immediately on the top level instead, or move all of them (namely: "
      + "${toString names}) into the explicit `config' attribute."
    );

  # Something with a `_type` of another kind.
  wrongKindOfModule =
    {
      file,
      value,
      prefix,
      class,
    }:
    let
      kind = if isString value._type then value._type else "?";
      advice = {
        configuration =
          "If you really mean to import this configuration, please only import the modules that make "
          + "up the configuration: give them a name of their own, and use it in both places.";
        flake = "Perhaps you forgot to select an attribute: instead of `inputs.someflake' write something like `inputs.someflake.${
          if class == "nixos" || class == "darwin" then
            "${class}Modules.default"
          else
            "modules.someApp.default"
        }'.";
      };
    in
    throw (
      "Expected a module, but found a value of type \"${kind}\""
      + (
        if file == lib.options.unknownModule then
          ""
        else
          ", while trying to load a module into ${toString file}"
      )
      + (if prefix == [ ] then "" else ", while trying to load a module into ${showOption prefix}")
      + ".\nEach element of `imports = [ ... ];' and of a `modules' argument must be a module: a "
      + "path, a function or a set of options and definitions."
      + (if advice ? ${kind} then "\n${advice.${kind}}" else "")
    );

  notAModule =
    file: key: value:
    throw (
      "The module ${toString file} (${key}) does not look like a module. It's a value of type "
      + "`${builtins.typeOf value}'${showValue value}, and should be a set, or a function that "
      + "returns one."
    );

  nestedList =
    file: value:
    throw
      "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions:${
        showDefinitionsAt [ ] [ { inherit file value; } ]
      }";

  wrongClass =
    module: class:
    throw ''
      The module `${module.file}` (class: ${
        builtins.toJSON module.class
      }) cannot be imported into a module evaluation that expects class ${builtins.toJSON class}.
      Import a module of that class, or mend the `_class' of this one.'';

  cannotDisable =
    file: m:
    throw (
      if isAttrs m then
        "Module `${toString file}` contains a disabledModules item that is an attribute set, "
        + "presumably a module, that does not have a `key` attribute. So it can't be found among the "
        + "modules. Use a path, a string relative to modulesPath, or a set with a `key'."
      else
        "Module `${toString file}` contains a disabledModules item of type ${builtins.typeOf m}. Use "
        + "a path, a string relative to modulesPath, or a set with a `key'."
    );

  ambiguouslyDisabled =
    file: m:
    throw (
      "Module `${toString file}` contains a disabledModules item whose `key` (${m.key}) is not "
      + "what it is as a string (${toString m}). So it's not clear which module is meant."
    );

  missingArgument =
    {
      name,
      key,
      function,
      given,
    }:
    let
      pos = builtins.unsafeGetAttrPos name (lib.functionArgs function);
      where =
        if pos != null then "${pos.file}:${toString pos.line}:${toString pos.column}" else key;
      names = filter (n: !lib.hasPrefix "_" n && n != "moduleType" && n != "extendModules") given;
      near = nearest name names;
    in
    throw ''
      The module at `${where}' takes the argument `${name}', which is not given. ${
        if near != [ ] then
          "Did you mean ${list near}?"
        else
          "Given are: ${concatStringsSep ", " names}."
      }
      Set it with `_module.args.${name} = ...;' in a module, or with `specialArgs' where the modules are evaluated.'';
}
