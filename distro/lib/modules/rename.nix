# Modules that keep old option names working, or say what became of them.
{ lib }:

let
  inherit (lib)
    getAttrFromPath hasAttrByPath attrByPath mkIf mkMerge mkOption mkOptionDefault mkOverride optional optionalAttrs
    setAttrByPath showFiles showOption toList types;
  inherit (builtins) any concatMap filter head isList map;
in
rec {
  /* { imports = [ (mkRemovedOptionModule [ "boot" "old" ] "Use boot.new.") ]; } A definition is a failed assertion. */
  mkRemovedOptionModule = path: instructions: { options, ... }: {
    options = setAttrByPath path (mkOption {
      visible = false;
      apply = _: throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
    });
    config.assertions =
      let opt = getAttrFromPath path options;
      in
      [{
        assertion = !opt.isDefined;
        message = ''
          The option definition `${showOption path}' in ${showFiles opt.files} no longer has any effect; please remove it.
          ${instructions}'';
      }];
  };

  mkRenamedOptionModule = from: to: doRename {
    inherit from to;
    visible = false;
    warn = true;
    use = lib.trace "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
  };

  mkRenamedOptionModuleWith = { from, to, sinceRelease }: doRename {
    inherit from to;
    visible = false;
    warn = lib.isInOldestRelease sinceRelease;
    use = lib.warnIf (lib.isInOldestRelease sinceRelease) "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
  };

  /* Several old options become one: `merge config` makes its definition when any of them is defined. */
  mkMergedOptionModule = from: to: merge: { config, options, ... }: {
    options = lib.foldl' lib.recursiveUpdate { } (map
      (path: setAttrByPath path (mkOption {
        visible = false;
        # Told from everything that could be a value.
        default = "_mkMergedOptionModule";
      }))
      from);
    config =
      let
        isSet = path: attrByPath path "_mkMergedOptionModule" config != "_mkMergedOptionModule";
        warning = path:
          let
            value = attrByPath path "_mkMergedOptionModule" config;
            opt = getAttrFromPath path options;
          in
          if value != "_mkMergedOptionModule"
          then [ "The option `${showOption path}' defined in ${showFiles opt.files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly." ]
          else [ ];
      in
      optionalAttrs (options ? warnings) { warnings = concatMap warning from; }
      // setAttrByPath to (mkMerge (optional (any isSet from) (merge config)));
  };

  mkChangedOptionModule = from: to: change: mkMergedOptionModule [ from ] to change;

  mkAliasOptionModule = from: to: doRename {
    inherit from to;
    visible = true;
    warn = false;
    use = x: x;
  };
  mkAliasOptionModuleMD = mkAliasOptionModule;

  mkAliasOptionModuleWithPriority = mkAliasOptionModule;

  /* Makes `from` stand for `to`: definitions are passed on with their priorities, reading gives `to`'s value. */
  doRename = { from, to, visible, warn, use, withPriority ? true, condition ? true }: { config, options, ... }:
    let
      fromOpt = getAttrFromPath from options;
      toOf = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      toOpt = attrByPath to { } options;
      toType = toOpt.type or null;
    in
    {
      options = setAttrByPath from (mkOption
        ({
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = x: use (toOf config);
        } // optionalAttrs (toType != null) { type = toType; }));
      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings = optional (warn && fromOpt.isDefined)
            "The option `${showOption from}' defined in ${showFiles fromOpt.files} has been renamed to `${showOption to}'.";
        })
        (if withPriority
        then mkAliasAndWrapDefsWithPriority (setAttrByPath to) fromOpt
        else mkAliasAndWrapDefinitions (setAttrByPath to) fromOpt)
      ]);
    };

  mkAliasDefinitions = mkAliasAndWrapDefinitions (x: x);
  mkAliasAndWrapDefinitions = wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));

  mkAliasAndWrapDefsWithPriority = wrap: option:
    let
      priority = option.highestPrio or lib.modules.defaultOverridePriority;
      defs = map (d: lib.modules.mkDefinition { inherit (d) file; value = mkOverride priority d.value; }) option.definitionsWithLocations;
    in
    mkAliasIfDef option (wrap (mkMerge defs));

  mkAliasIfDef = option: mkIf (lib.isOption option && option.isDefined);

  mkDerivedConfig = opt: f: mkOverride (opt.highestPrio or lib.modules.defaultOverridePriority) (f opt.value);

  mkSinkUndeclaredOptions = lib.options.mkSinkUndeclaredOptions;

  /* Merges the configs of several evaluations. */
  fixMergeModules = modules: args: lib.fix (config: lib.evalModules { inherit modules args; check = false; });
}
