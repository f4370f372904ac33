# Parts of the module system under the names and in the shapes that nixpkgs has long had, for code that reaches into it.
{ lib }:

let
  inherit (builtins) concatMap map;
  inherit (lib.modules) collect eval tree;

  nixpkgsShape = m: {
    inherit (m) key imports disabledModules options;
    _file = m.file;
    _class = m.class;
    config =
      if m.freeformType == null then
        m.config
      else
        lib.mkMerge [ m.config { _module = { inherit (m) freeformType; }; } ];
  };

  merged =
    prefix: modules: defs:
    let
      decls = map (m: {
        file = m._file;
        inherit (m) options;
        from = null;
      }) modules;
      here = tree.branch prefix decls (map (d: eval.plain d.file d.config) defs);
    in
    {
      matchedOptions = here.options;
      unmatchedDefns = map (u: {
        inherit (u) file value;
        prefix = lib.drop (builtins.length prefix) u.loc;
      }) here.unmatched;
    };
in
rec {
  /* Merges the configs of several evaluations. */
  fixMergeModules =
    modules: args:
    lib.evalModules {
      inherit modules args;
      check = false;
    };

  unifyModuleSyntax = file: key: m: nixpkgsShape (collect.shape file key m);

  applyModuleArgsIfFunction =
    key: f: args:
    if lib.isFunction f then
      collect.apply key f {
        inherit args;
        moduleArgs = args.config._module.args;
      }
    else
      f;

  collectModules =
    modulesPath: modules: args:
    map nixpkgsShape (
      lib.reverseList (
        collect.collect {
          inherit args modulesPath;
          moduleArgs = args.config._module.args;
          class = null;
          prefix = [ ];
        } modules
      )
    );

  mergeModules =
    prefix: modules:
    mergeModules' prefix modules (
      concatMap (
        m:
        map (config: {
          file = m._file;
          inherit config;
        }) (lib.modules.pushDownProperties m.config)
      ) modules
    );
  mergeModules' = merged;
}
