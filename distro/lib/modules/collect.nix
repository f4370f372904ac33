# From what stands in `modules` and `imports` to a flat list of loaded modules: functions applied, one shape, no duplicates.
{ lib }:

let
  inherit (builtins) all attrNames concatMap elem filter functionArgs genericClosure isAttrs isFunction isList isPath isString length map mapAttrs removeAttrs;
  inherit (lib.modules) errors;
  inherit (lib.modules.properties) mkMerge;

  # The attributes of a module written with `config` or `options`, and those that mean the same in the short form.
  shortNames = [ "_class" "_file" "key" "disabledModules" "require" "imports" "freeformType" ];
  longNames = shortNames ++ [ "options" "config" "meta" ];

  /* Gives a module the arguments that it names; those that are not at hand come from `_module.args`. Whether they are there
     isn't asked before they are used: that would need `config`, which isn't known while modules are collected. */
  apply = key: f: context:
    let
      wanted = removeAttrs (lib.functionArgs f) (attrNames context.args);
      more = mapAttrs
        (name: _: builtins.addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          let moduleArgs = context.moduleArgs;
          in
          moduleArgs.${name} or (errors.missingArgument {
            inherit name key;
            function = f;
            given = attrNames (context.args // moduleArgs);
          })))
        wanted;
    in
    f (if wanted == { } then context.args else context.args // more);

  /* One shape for all ways to write a module: { file, key, imports, disabledModules, options, config } and freeformType, where given. */
  shape = file: key: m:
    if !isAttrs m then errors.notAModule file m
    else if m ? _type && m._type != "module" then
      (if elem m._type [ "if" "override" "merge" "order" ] then shape file key { config = m; } else errors.notAModule file m)
    else if m ? config || m ? options then
      let
        unknown = attrNames (removeAttrs m longNames);
        config = m.config or { };
      in
      if unknown != [ ] && unknown != [ "_type" ] then errors.unsupportedAttribute (m._file or file) unknown
      else {
        file = toString m._file or file;
        key = toString m.key or key;
        imports = (m.require or [ ]) ++ (m.imports or [ ]);
        disabledModules = m.disabledModules or [ ];
        options = m.options or { };
        config = if m ? meta then mkMerge [ config { inherit (m) meta; } ] else config;
        freeformType = m.freeformType or null;
        class = m._class or null;
      }
    else {
      file = toString m._file or file;
      key = toString m.key or key;
      imports = (m.require or [ ]) ++ (m.imports or [ ]);
      disabledModules = m.disabledModules or [ ];
      options = { };
      config = removeAttrs m shortNames;
      freeformType = m.freeformType or null;
      class = m._class or null;
    };

  /* Loads one module: a path, a function, a set, or (where `imports` are given as one value) a list of those. */
  load = context: parentFile: fallbackKey: m:
    if isPath m || isString m then
      let
        file = toString m;
        loaded = import m;
      in
      shape file file (if lib.isFunction loaded then apply file loaded context else loaded)
    else if m._type or null == "located-module" then load context m.file fallbackKey m.module
    else if isList m then shape parentFile fallbackKey { imports = m; }
    else if lib.isFunction m then shape parentFile fallbackKey (apply fallbackKey m context)
    else shape parentFile fallbackKey m;

  # The modules with all that they import, as a tree.
  loadTree = context: parentFile: parentKey: modules:
    lib.imap1
      (n: m:
        let module = checkClass context (load context parentFile "${parentKey}:anon-${toString n}" m);
        in
        {
          inherit (module) key;
          inherit module;
          children = builtins.addErrorContext "while collecting the imports of the module `${module.file}'" (
            if module.imports == [ ] then [ ] else loadTree context module.file module.key module.imports
          );
        })
      modules;

  checkClass = context: module:
    if module.class == null || context.class == null || module.class == context.class then module
    else throw "The module `${module.file}' was imported into ${context.class} instead of ${module.class}.";

  disabledIn = context: trees:
    concatMap
      (t: map (disabledKey context t.module.file) t.module.disabledModules ++ (if t.children == [ ] then [ ] else disabledIn context t.children))
      trees;

  disabledKey = context: file: m:
    if isString m && builtins.substring 0 1 m != "/" then "${toString context.modulesPath}/${m}"
    else if isString m || isPath m then toString m
    else if isAttrs m && m ? key then toString m.key
    else if isAttrs m && m ? _file then toString m._file
    else throw "Module `${file}' has an item in `disabledModules' that is neither a path, a string nor a module with a `key': a ${builtins.typeOf m}.";

  /* All modules, in the order in which their definitions are merged: the last named comes first, as in NixOS. */
  collect = context: modules:
    let
      trees = loadTree context lib.options.unknownModule "" modules;
      disabled = disabledIn context trees;
      keep = if disabled == [ ] then (ts: ts) else filter (t: !(elem t.key disabled));
      found = genericClosure { startSet = keep trees; operator = t: keep t.children; };
    in
    lib.reverseList (map (t: t.module) found);
in
{ inherit collect load shape; }
