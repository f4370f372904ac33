# Submodules: an option whose value is an evaluation of modules of its own.
{ lib }:

let
  inherit (builtins) all isAttrs isBool head length map;
  inherit (lib) isFunction showOption toList;
  inherit (lib.modules) evalInstance evalModules locate prepare;
  inherit (import ./base.nix { inherit lib; }) mkOptionType defaultFunctor optionDescriptionPhrase;

  isModule = x: isAttrs x || isFunction x || lib.types.path.check x;

  submodules = rec {
    submodule = modules: submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = toList modules;
    };

    /* shorthandOnlyDefinesConfig: a definition that is a set holds nothing but config, whatever its names are. */
    submoduleWith = { modules, specialArgs ? { }, shorthandOnlyDefinesConfig ? false, description ? null, class ? null }@given:
      let
        prepared = prepare modules;
        located = builtins.any (m: m._type or null == "located-module") modules;

        # Sets that only define config go straight to the merge; everything else is loaded as a module.
        isConfig = value: isAttrs value && shorthandOnlyDefinesConfig == true && value._type or null == null;
        asModule = d:
          if isAttrs d.value && shorthandOnlyDefinesConfig == true then { _file = d.file; config = d.value; }
          else { _file = d.file; imports = [ d.value ]; };

        evaluate = loc: defs:
          let
            configs = builtins.filter (d: isConfig d.value) defs;
            direct = length configs == length defs;
            all = modules ++ map asModule defs;
          in
          evalInstance {
            inherit located;
            prepared = if direct then prepared else prepare all;
            modules = if direct then modules else all;
            instance = if direct then map (d: { inherit (d) file value; from = null; props = null; }) defs else [ ];
            prefix = loc;
            inherit specialArgs class;
            name = lib.last loc;
          };

        # Without an instance, for documentation and descriptions.
        base = prefix: evalModules {
          modules = [{ _module.args.name = lib.mkOptionDefault "‹name›"; }] ++ modules;
          inherit specialArgs class prefix;
        };
        freeformType = (base [ ])._module.freeformType;
      in
      mkOptionType {
        name = "submodule";
        description =
          if description != null then description
          else if freeformType != null then "open submodule of ${optionDescriptionPhrase (c: c == "noun" || c == "composite") freeformType}"
          else "submodule";
        descriptionClass = "noun";
        check = isModule;
        merge = loc: defs: (evaluate loc defs).config;
        emptyValue = { value = { }; };
        getSubOptions = prefix:
          let
            docs = (base prefix).options;
            free = if freeformType == null then { } else freeformType.getSubOptions prefix;
          in
          docs // (if free == { } then { } else { _freeformOptions = free; });
        getSubModules = modules;
        substSubModules = m: submoduleWith (given // { modules = m; });
        functor = defaultFunctor "submodule" // {
          type = submoduleWith;
          payload = { inherit modules specialArgs shorthandOnlyDefinesConfig description class; };
          binOp = a: b:
            let
              both = name: merge: if a.${name} == null then b.${name} else if b.${name} == null then a.${name} else merge;
            in
            {
              modules = a.modules ++ b.modules;
              specialArgs =
                let common = builtins.intersectAttrs a.specialArgs b.specialArgs;
                in
                if common == { } then a.specialArgs // b.specialArgs
                else throw "A submoduleWith option is declared multiple times with the same specialArgs ${toString (builtins.attrNames common)}";
              shorthandOnlyDefinesConfig = both "shorthandOnlyDefinesConfig" (
                if a.shorthandOnlyDefinesConfig == b.shorthandOnlyDefinesConfig then a.shorthandOnlyDefinesConfig
                else throw "A submoduleWith option is declared multiple times with conflicting shorthandOnlyDefinesConfig values");
              description = both "description" (
                if a.description == b.description then a.description
                else throw "A submoduleWith option is declared multiple times with conflicting descriptions");
              class = both "class" (
                if a.class == b.class then a.class
                else throw "A submoduleWith option is declared multiple times with conflicting class values");
            };
        };
        nestedTypes = if freeformType == null then { } else { inherit freeformType; };
      };

    /* A module as a value: merged to one that imports all definitions, evaluated elsewhere. */
    deferredModule = deferredModuleWith { };
    deferredModuleWith = { staticModules ? [ ] }: mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports = staticModules ++ map (d: lib.modules.setDefaultModuleLocation "${toString d.file}, via option ${showOption loc}" d.value) defs;
      };
      getSubOptions = prefix: (submoduleWith { modules = staticModules; }).getSubOptions prefix;
      getSubModules = if staticModules == [ ] then null else staticModules;
      substSubModules = m: deferredModuleWith { staticModules = m; };
      functor = defaultFunctor "deferredModule" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = lib.unique (a.staticModules ++ b.staticModules); };
      };
    };
  };
in
submodules
