# From what stands in `modules` and `imports` to a flat list of loaded modules: functions applied, one shape, no duplicates.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    genericClosure
    isAttrs
    isList
    isPath
    isString
    map
    mapAttrs
    removeAttrs
    substring
    ;
  inherit (lib.modules) errors;
  inherit (lib.modules.properties) mkMerge;

  # The attributes of a module written with `config` or `options`, and those that mean the same in the short form.
  shortNames = [ "_class" "_file" "key" "disabledModules" "require" "imports" "freeformType" ];
  longNames = shortNames ++ [ "options" "config" "meta" ];

  /* Gives a module the arguments that it names; those that aren't known yet come from `_module.args`. Whether they are there
     isn't looked up before they are used: that would need `config`, which isn't known while modules are collected. */
  apply =
    key: f: context:
    let
      wanted = removeAttrs (lib.functionArgs f) (attrNames context.args);
      more = mapAttrs (
        name: _:
        builtins.addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          let
            moduleArgs = context.moduleArgs;
          in
          moduleArgs.${name} or (errors.missingArgument {
            inherit name key;
            function = f;
            given = attrNames (context.args // moduleArgs);
          })
        )
      ) wanted;
    in
    f (if wanted == { } then context.args else context.args // more);

  /* One shape for all ways to write a module: { file, key, class, from, imports, disabledModules, options, config, freeformType }. */
  shape =
    file: key: m:
    if !isAttrs m then
      errors.notAModule file key m
    else
      let
        long = m ? config || m ? options;
        unknown = attrNames (removeAttrs m longNames);
        config = m.config or { };
      in
      if long && unknown != [ ] && unknown != [ "_type" ] then
        errors.unsupportedAttribute (m._file or file) unknown
      else
        {
          # Where its `imports` stand, for messages.
          from = m;
          file = toString m._file or file;
          key = toString m.key or key;
          class = m._class or null;
          imports = m.require or [ ] ++ m.imports or [ ];
          disabledModules = m.disabledModules or [ ];
          freeformType = m.freeformType or null;
          options = if long then m.options or { } else { };
          config =
            if !long then
              removeAttrs m shortNames
            else if m ? meta then
              mkMerge [ config { inherit (m) meta; } ]
            else
              config;
        };

  /* Loads one module: a path, a function or a set. `parent` is the module that imports it, or null, and `fallbackKey` its key where
     it has none of its own. */
  load =
    context: parentFile: parent: fallbackKey: m:
    if lib.isFunction m then
      shape parentFile fallbackKey (apply fallbackKey m context)
    else if isAttrs m then
      let
        kind = m._type or "module";
      in
      if kind == "module" then
        shape parentFile fallbackKey m
      else if elem kind [ "if" "override" "merge" "order" ] then
        shape parentFile fallbackKey { config = m; }
      else
        errors.wrongKindOfModule {
          file = parentFile;
          value = m;
          inherit (context) prefix class;
        }
    else if isList m then
      errors.nestedList parentFile m
    else if isPath m || isString m then
      let
        file = toString m;
        loaded =
          builtins.addErrorContext
            "while loading the module `${file}'${errors.importPlace parent m}"
            (import m);
      in
      shape file file (if lib.isFunction loaded then apply file loaded context else loaded)
    else
      errors.notAModule parentFile fallbackKey m;

  checkClass =
    context: module:
    if context.class == null || module.class == null || module.class == context.class then
      module
    else
      errors.wrongClass module context.class;

  # The modules with all that they import, as a tree.
  loadTree =
    context: parentFile: parent: parentKey: modules:
    lib.imap1 (
      n: m:
      let
        module = checkClass context (
          load context parentFile parent "${parentKey}:anon-${toString n}" m
        );
      in
      {
        inherit (module) key;
        inherit module;
        children =
          builtins.addErrorContext "while collecting the imports of the module `${module.file}'" (
            if module.imports == [ ] then
              [ ]
            else
              loadTree context module.file module.from module.key module.imports
          );
      }
    ) modules;

  disabledIn =
    context: trees:
    concatMap (
      t:
      map (disabledKey context t.module.file) t.module.disabledModules
      ++ (if t.children == [ ] then [ ] else disabledIn context t.children)
    ) trees;

  disabledKey =
    context: file: m:
    if isString m then
      (if substring 0 1 m == "/" then m else "${toString context.modulesPath}/${m}")
    else if lib.isConvertibleWithToString m then
      (if m ? key && m.key != toString m then errors.ambiguouslyDisabled file m else toString m)
    else if m ? key then
      m.key
    else
      errors.cannotDisable file m;

  isKept =
    context: trees:
    let
      disabled = disabledIn context trees;
    in
    if disabled == [ ] then (_: true) else (t: !(elem t.key disabled));

  /* All modules, in the order in which their definitions are merged: the last named comes first, as in NixOS. */
  collect =
    context: modules:
    let
      trees = loadTree context lib.options.unknownModule null "" modules;
      keep = filter (isKept context trees);
      found = genericClosure {
        startSet = keep trees;
        operator = t: keep t.children;
      };
    in
    lib.reverseList (map (t: t.module) found);

  /* Which module imports which, as data: [ { key, file, disabled, imports } ]. */
  graph =
    context: modules:
    let
      trees = loadTree context lib.options.unknownModule null "" modules;
      kept = isKept context trees;
      node = t: {
        inherit (t) key;
        inherit (t.module) file;
        disabled = !kept t;
        imports = map node t.children;
      };
    in
    map node trees;
in
{ inherit apply checkClass collect graph load shape; }
