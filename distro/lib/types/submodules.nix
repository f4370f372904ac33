# Submodules: an option whose value is an evaluation of modules of its own.
{ lib }:

let
  inherit (builtins) any filter hasContext isAttrs isString length map pathExists;
  inherit (lib) isFunction showOption toList;
  inherit (lib.modules) evalInstance evalModules isLocated prepare;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    defaultFunctor
    optionDescriptionPhrase
    checkedByMerge
    headErrorOf
    mergeWithMeta
    ownMerge
    ;

  isModule = x: isAttrs x || isFunction x || lib.types.path.check x;

  # What two declarations of an option may say one of.
  agree =
    what: show: a: b:
    if a == null then
      b
    else if b == null || a == b then
      a
    else
      throw
        "A submoduleWith option is declared multiple times with conflicting ${what} values${show}.";

  mergePayloads =
    a: b:
    let
      common = builtins.intersectAttrs a.specialArgs b.specialArgs;
    in
    {
      modules = a.modules ++ b.modules;
      specialArgs =
        if common == { } then
          a.specialArgs // b.specialArgs
        else
          throw
            "A submoduleWith option is declared multiple times with the same specialArgs \"${toString (builtins.attrNames common)}\"";
      shorthandOnlyDefinesConfig =
        agree
          "shorthandOnlyDefinesConfig"
          ""
          a.shorthandOnlyDefinesConfig
          b.shorthandOnlyDefinesConfig;
      description = agree "description" "" a.description b.description;
      class = agree "class" " \"${toString a.class}\" and \"${toString b.class}\"" a.class b.class;
    };

  unchecked = {
    _file = "lib/types/submodules.nix";
    config._module.check = lib.mkForce false;
  };
in
rec {
  /* A module for evaluations whose options are looked at, not their values. */
  noCheckForDocsModule = unchecked;

  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = toList modules;
    };

  /* shorthandOnlyDefinesConfig: a definition that is a set holds nothing but config, whatever its names are. */
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@given:
    let
      prepared = prepare modules;
      located = any isLocated modules;

      # Sets that only define config go straight to the merge; everything else is loaded as a module.
      isConfig =
        def:
        isAttrs def.value && shorthandOnlyDefinesConfig == true && def.value._type or null == null;
      asModule =
        loc: def:
        if isString def.value && !hasContext def.value && !pathExists def.value then
          lib.modules.errors.stringForSubmodule loc def
        else if isAttrs def.value && shorthandOnlyDefinesConfig == true then
          {
            _file = def.file;
            config = def.value;
          }
        else
          {
            _file = def.file;
            imports = [ def.value ];
          };

      evaluate =
        loc: defs:
        let
          direct = length (filter isConfig defs) == length defs;
          all = if direct then modules else modules ++ map (asModule loc) defs;
        in
        evalInstance {
          inherit located specialArgs class;
          prepared = if direct then prepared else prepare all;
          modules = all;
          definitions = if direct then defs else [ ];
          prefix = loc;
          name = lib.last loc;
        };

      # Without an instance.
      base = evalModules {
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
        inherit specialArgs class;
      };
      documented =
        prefix:
        base.extendModules {
          inherit prefix;
          modules = [ unchecked ];
        };
      inherit (base._module) freeformType;
    in
    mkOptionType {
      name = "submodule";
      description =
        let
          free = (documented [ ])._module.freeformType;
        in
        if description != null then
          description
        else if free ? description then
          "open submodule of ${optionDescriptionPhrase (c: c == "noun" || c == "composite") free}"
        else
          "submodule";
      check = checkedByMerge isModule;
      merge =
        mergeWithMeta (
          { loc, defs }:
          let
            configuration = evaluate loc defs;
          in
          {
            headError = headErrorOf isModule loc defs;
            value = configuration.config;
            valueMeta = { inherit configuration; };
          }
        )
        // { shared = true; };
      emptyValue.value = base.config;
      getSubOptions =
        prefix:
        let
          docs = documented prefix;
          free = docs._module.freeformType;
        in
        docs.options
        // (if free == null then { } else { _freeformOptions = free.getSubOptions prefix; });
      getSubModules = modules;
      substSubModules = m: submoduleWith (given // { modules = m; });
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = { inherit modules specialArgs shorthandOnlyDefinesConfig description class; };
        binOp = mergePayloads;
      };
      nestedTypes = if freeformType == null then { } else { inherit freeformType; };
    };

  /* A module as a value: merged to one that imports all definitions, evaluated elsewhere. */
  deferredModule = deferredModuleWith { };
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = ownMerge (loc: defs: {
        imports =
          staticModules
          ++ map (
            def:
            lib.modules.setDefaultModuleLocation
              "${toString def.file}, via option ${showOption loc}"
              def.value
          ) defs;
      });
      inherit (submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
      substSubModules = m: deferredModuleWith { staticModules = m; };
      functor = defaultFunctor "deferredModuleWith" // {
        type = lib.types.deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };
}
