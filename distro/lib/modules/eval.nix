# evalModules: modules in, { config, options, ... } out.
{ lib }:

let
  inherit (builtins) any attrNames concatMap filter foldl' head isAttrs length map removeAttrs seq;
  inherit (lib.modules) errors;
  inherit (lib.modules.collect) collect load;
  inherit (lib.modules.properties) unwrap;
  inherit (lib.modules.tree) branch level setsOf;

  recursionHint = builtins.addErrorContext
    "if you get an infinite recursion here, a module's `imports', or the names that its `config' has, depend on `config'. Import unconditionally, and decide with `mkEnableOption' and `mkIf'.";

  # What every evaluation declares under `_module`.
  moduleOptions = [{
    file = "lib/modules/eval.nix";
    from = null;
    options = {
      args = lib.mkOption {
        type = lib.types.lazyAttrsOf lib.types.raw;
        default = { };
        internal = true;
        description = "Additional arguments passed to each module, beside `lib', `config' and `options'.";
      };
      check = lib.mkOption {
        type = lib.types.bool;
        default = true;
        internal = true;
        description = "Whether to check that all definitions have a declared option.";
      };
      freeformType = lib.mkOption {
        type = lib.types.nullOr lib.types.optionType;
        default = null;
        internal = true;
        description = "The type that all definitions without an option of their own are merged with, as one value.";
      };
      specialArgs = lib.mkOption {
        type = lib.types.raw;
        readOnly = true;
        internal = true;
        description = "The arguments given to evalModules as specialArgs.";
      };
    };
  }];

  # `build` gives the modules for a context; `before` and `after` are definitions that need no loading.
  evaluate = { build, before ? [ ], after ? [ ], prefix, specialArgs, extraArgs ? { }, class ? null, again }:
    let
      context = {
        inherit class;
        modulesPath = specialArgs.modulesPath or "";
        moduleArgs = moduleConfig.args;
        args = {
          inherit lib specialArgs;
          config = recursionHint config;
          options = root.options;
          extendModules = result.extendModules;
          moduleType = result.type;
          _class = class;
          _prefix = prefix;
        } // extraArgs // specialArgs;
      };

      modules = build context;

      decls = concatMap (m: if m.options == { } then [ ] else [{ inherit (m) file options; from = null; }]) modules;
      sets = setsOf prefix decls;
      defs = concatMap sets before
        ++ concatMap
        (m: builtins.addErrorContext "while evaluating what the module `${m.file}' defines" (
          if m.config == { } then [ ] else sets { inherit (m) file; value = m.config; from = null; props = null; }
        ))
        modules
        ++ concatMap sets after;

      here = level prefix decls defs;
      config' = builtins.mapAttrs (_: n: n.config) (removeAttrs here.nodes [ "_module" ]);
      options' = builtins.mapAttrs (_: n: n.options) here.nodes;

      # `_module` is not declared by the modules, so what they define of it is among the unmatched.
      ownDefs = concatMap (d: if d.value ? _module then [{ inherit (d) file props; value = d.value._module; from = d.value; }] else [ ]) defs;
      ownDecls = concatMap (d: if d.options ? _module then [{ inherit (d) file; options = d.options._module; from = d.options; }] else [ ]) decls;
      own = branch (prefix ++ [ "_module" ]) (moduleOptions ++ ownDecls) (ownDefs ++ [ specialArgsDef ]);
      specialArgsDef = { file = "lib/modules/eval.nix"; from = null; props = null; value = { specialArgs = specialArgs; }; };

      moduleConfig = own.config // {
        args = { inherit (context.args) extendModules moduleType; } // extraArgs // own.config.args;
        freeformType = freeformType;
      };

      unmatched = concatMap
        (u:
          if u.prefix == prefix && u.def.value ? _module then
            let rest = removeAttrs u.def.value [ "_module" ];
            in if rest == { } then [ ] else [ (u // { def = u.def // { value = rest; }; }) ]
          else [ u ])
        here.unmatched ++ own.unmatched;

      moduleFreeforms = filter (m: m.freeformType != null) modules;
      freeformType =
        if ownDefs == [ ] && moduleFreeforms == [ ] then null
        else
          let
            fromModules = map (m: { inherit (m) file; value = m.freeformType; }) moduleFreeforms;
            fromOption = own.options.freeformType.definitionsWithLocations;
            all = if own.options.freeformType.highestPrio <= 100 then fromModules ++ fromOption else fromModules;
          in
          if all == [ ] then own.config.freeformType
          else lib.modules.values.mergeValue (prefix ++ [ "_module" "freeformType" ]) (lib.types.nullOr lib.types.optionType) all;

      freeform =
        if unmatched == [ ] then { }
        else freeformType.merge prefix (map
          (u:
            let value = lib.modules.properties.rewrap u.def.props u.def.value;
            in { inherit (u.def) file; from = u.def.value; value = lib.setAttrByPath (lib.drop (length prefix) u.prefix) value; })
          unmatched);

      declaredConfig = if freeformType == null then config' else lib.recursiveUpdate freeform config';
      config = declaredConfig // { _module = moduleConfig; };
      root.options = options' // { _module = own.options; };

      firstUnknown =
        let u = head unmatched;
        in
        errors.unknown {
          inherit (u) prefix def declared;
          options = removeAttrs root.options [ "_module" ];
          root = prefix;
        };
      checked =
        if freeformType == null && unmatched != [ ] && own.config.check then seq firstUnknown else (x: x);

      result = {
        _type = "configuration";
        options = checked root.options;
        config = checked declaredConfig;
        _module = checked moduleConfig;
        inherit class;
        inherit (again) extendModules type;
      };
    in
    result;

  /* `args` and `check` are the old ways to say `_module.args` and `_module.check`. */
  evalModules = { modules, prefix ? [ ], specialArgs ? { }, class ? null, args ? null, check ? null }@given:
    let
      legacy = {
        _file = "evalModules";
        config._module = lib.optionalAttrs (args != null) { inherit args; } // lib.optionalAttrs (check != null) { inherit check; };
      };
      all = if args == null && check == null then modules else modules ++ [ legacy ];
    in
    evaluate {
      build = context: collect context all;
      inherit prefix specialArgs class;
      again = {
        extendModules = { modules ? [ ], specialArgs ? { }, prefix ? given.prefix or [ ] }:
          evalModules (given // {
            modules = given.modules ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
            inherit prefix;
          });
        type = lib.types.submoduleWith {
          inherit modules specialArgs class;
        };
      };
    };

  /* A submodule's modules, made ready once: those that are sets without imports are loaded, whatever the instance. */
  prepare = modules:
    let
      entry = m:
        if m._type or null == "located-module" then (
          let inner = entry m.module;
          in if inner ? ready && !(m.module ? _file) then { ready = inner.ready // { inherit (m) file; }; } else if inner ? ready then inner else { inherit m; }
        )
        else if isAttrs m && !(m ? _type) && !(m ? __functor) && !(m ? imports) && !(m ? require) && !(m ? disabledModules)
        then { ready = load null (m._file or lib.options.unknownModule) ":anon" m; }
        else { inherit m; };
      entries = map entry modules;
    in
    context:
    let
      loaded = lib.imap1 (n: e: e.ready or (load context lib.options.unknownModule ":anon-${toString n}" e.m)) entries;
    in
    if any (m: m.imports != [ ] || m.disabledModules != [ ]) loaded then collect context modules else lib.reverseList loaded;

  evalInstance = { prepared, located, modules, instance, prefix, specialArgs, class, name }@given:
    evaluate {
      build = prepared;
      inherit prefix specialArgs class;
      # As in NixOS: the modules of an option's own type are merged before what defines it, those of other types after.
      ${if located then "after" else "before"} = lib.reverseList instance;
      extraArgs = { inherit name; };
      again = {
        extendModules = { modules ? [ ], specialArgs ? { }, prefix ? given.prefix }:
          evalModules {
            modules = [{ _module.args.name = lib.mkOptionDefault name; }] ++ given.modules ++ map (d: { _file = d.file; config = d.value; }) instance ++ modules;
            specialArgs = given.specialArgs // specialArgs;
            inherit prefix;
            inherit (given) class;
          };
        type = lib.types.submoduleWith { inherit modules specialArgs class; };
      };
    };
in
{
  inherit evalModules evalInstance prepare;
}
