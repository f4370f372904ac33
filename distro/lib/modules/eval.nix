# evalModules: modules in, { config, options, ... } out.
{ lib }:

let
  inherit (builtins) concatMap filter genericClosure isAttrs length map mapAttrs removeAttrs seq;
  inherit (lib.modules.collect) collect graph;
  inherit (lib.modules.tree) branch level setsOf;

  recursionHint = builtins.addErrorContext (
    "if you get an infinite recursion here, a module's `imports', or the names that its `config' "
    + "has, depend on `config'. Import unconditionally, and decide with `mkEnableOption' and "
    + "`mkIf'."
  );

  inherit (lib.modules) ownOptions;

  # A definition that was not taken from a set of a module.
  plain = file: value: {
    inherit file value;
    from = null;
    props = null;
  };

  # `build` gives the modules for a context; `before` and `after` are definitions that need no loading.
  evaluate =
    {
      build,
      before ? [ ],
      after ? [ ],
      prefix,
      specialArgs,
      extraArgs ? { },
      class ? null,
      adviseUnknown ? (_: null),
      again,
    }:
    let
      context = {
        inherit class prefix;
        modulesPath = specialArgs.modulesPath or "";
        moduleArgs = recursionHint moduleConfig.args;
        args =
          {
            inherit specialArgs;
            # What writes files names the places of values that it refuses.
            lib =
              if prefix == [ ] && class == "nixos" then
                lib // { placesOfOption = lib.modules.places.ofName allOptions; }
              else
                lib;
            config = recursionHint config;
            options = allOptions;
            extendModules = result.extendModules;
            moduleType = result.type;
            _class = class;
            _prefix = prefix;
          }
          // extraArgs
          // specialArgs;
      };

      modules = build context;

      decls = concatMap (
        m:
        if m.options == { } then
          [ ]
        else
          [
            {
              inherit (m) file options;
              from = null;
            }
          ]
      ) modules;
      sets = setsOf prefix decls;
      defs =
        concatMap sets before
        ++ concatMap (
          m:
          builtins.addErrorContext "while evaluating what the module `${m.file}' defines" (
            if m.config == { } then
              [ ]
            else
              sets {
                inherit (m) file;
                value = m.config;
                from = null;
                props = null;
              }
          )
        ) modules
        ++ concatMap sets after;

      here = level prefix decls defs;
      declared = mapAttrs (_: n: n.config) (removeAttrs here.nodes [ "_module" ]);
      allOptions = mapAttrs (_: n: n.options) here.nodes // { _module = own.options; };

      # `_module` is not declared by the modules, so what they define of it is among the unmatched.
      freeforms = concatMap (
        m: if m.freeformType == null then [ ] else [ (plain m.file { inherit (m) freeformType; }) ]
      ) modules;
      ownDefs =
        concatMap (
          d:
          if d.value ? _module then
            [
              {
                inherit (d) file props;
                value = d.value._module;
                from = d.value;
              }
            ]
          else
            [ ]
        ) defs
        ++ freeforms;
      ownDecls = concatMap (
        d:
        if d.options ? _module then
          [
            {
              inherit (d) file;
              options = d.options._module;
              from = d.options;
            }
          ]
        else
          [ ]
      ) decls;
      own =
        branch
          (prefix ++ [ "_module" ])
          ((if prefix == [ ] then ownOptions.top else ownOptions.nested) ++ ownDecls)
          (ownDefs ++ [ (plain "lib/modules/eval.nix" { inherit specialArgs; }) ]);

      freeformType = if ownDefs == [ ] then null else own.config.freeformType;
      moduleConfig = own.config // {
        args = { inherit (context.args) extendModules moduleType; } // extraArgs // own.config.args;
      };

      isOwn = u: length u.loc == length prefix + 1 && lib.last u.loc == "_module";
      unmatched = filter (u: !isOwn u) here.unmatched ++ own.unmatched;

      freeform =
        if unmatched == [ ] then
          { }
        else
          freeformType.merge prefix (
            map (u: {
              inherit (u) file;
              value = lib.setAttrByPath (lib.drop (length prefix) u.loc) u.value;
            }) unmatched
          );
      merged = if freeformType == null then declared else lib.recursiveUpdate freeform declared;
      config = merged // { _module = moduleConfig; };

      # The argument `foldersOfAnotherVersion`: what modules there define of options that do not exist is an error only where it is set.
      # The conditions are about `config` before it is checked.
      isFault =
        folders: u:
        !(lib.any (folder: lib.hasPrefix folder u.file) folders)
        || lib.modules.dischargeProperties u.value != [ ];
      faults =
        if own.config.args ? foldersOfAnotherVersion then
          filter (isFault own.config.args.foldersOfAnotherVersion) unmatched
        else
          unmatched;

      checked =
        if unmatched != [ ] && freeformType == null && own.config.check && faults != [ ] then
          seq (
            lib.modules.unknown {
              inherit prefix;
              unmatched = faults;
              options = allOptions;
              advice = adviseUnknown;
            }
          )
        else
          (x: x);

      result = {
        _type = "configuration";
        options = checked allOptions;
        config = checked merged;
        _module = checked moduleConfig;
        graph = again.graph context;
        inherit class;
        inherit (again) extendModules type;
      };
    in
    result;

  /* `args` and `check` are the old ways to say `_module.args` and `_module.check`. `adviseUnknown` gives what to do about an option
     that doesn't exist, or null, from its path. */
  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      args ? { },
      check ? true,
      adviseUnknown ? null,
    }@given:
    let
      outdated =
        lib.warnIf
          (given ? args)
          "The args argument to evalModules is deprecated. Please set config._module.args instead."
          lib.warnIf
          (given ? check)
          "The check argument to evalModules is deprecated. Please set config._module.check instead.";
      legacy =
        lib.optional (given ? args) {
          _file = "evalModules";
          config._module.args = args;
        }
        ++ lib.optional (given ? check) {
          _file = "evalModules";
          config._module.check = lib.mkDefault check;
        };
      all = if legacy == [ ] then modules else modules ++ legacy;
    in
    outdated evaluate {
      build = context: collect context all;
      inherit prefix specialArgs class;
      ${if adviseUnknown == null then null else "adviseUnknown"} = adviseUnknown;
      again = {
        graph = context: graph context all;
        extendModules =
          {
            modules ? [ ],
            specialArgs ? { },
            prefix ? given.prefix or [ ],
          }:
          evalModules (removeAttrs given [ "args" "check" ] // {
            modules = all ++ modules;
            specialArgs = given.specialArgs or { } // specialArgs;
            inherit prefix;
          });
        type = lib.types.submoduleWith { inherit modules specialArgs class; };
      };
    };
in
{ inherit evalModules evaluate plain; }
