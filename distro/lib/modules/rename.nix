# Modules for options that were renamed or removed.
{ lib }:

let
  inherit (lib)
    attrByPath
    getAttrFromPath
    isInOldestRelease
    mkIf
    mkMerge
    mkOption
    optional
    optionalAttrs
    setAttrByPath
    showFiles
    showOption
    types
    ;
  inherit (lib.modules) mkAliasAndWrapDefinitions mkAliasAndWrapDefsWithPriority;
  inherit (builtins) any concatMap map;

  # A value that no option can have.
  unset = "_mkMergedOptionModule";
in
rec {
  /* { imports = [ (mkRemovedOptionModule [ "boot" "old" ] "Use boot.new.") ]; } A definition is a failed assertion. */
  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    {
      options = setAttrByPath path (
        mkOption {
          visible = false;
          apply =
            _:
            throw
              "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
        }
      );
      config.assertions =
        let
          option = getAttrFromPath path options;
        in
        [
          {
            assertion = !option.isDefined;
            message = ''
              The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.
              ${instructions}'';
          }
        ];
    };

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use =
        builtins.trace
          "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };

  /* sinceRelease: the first release that has the new name, as "24.05". */
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    let
      warn = isInOldestRelease sinceRelease;
    in
    doRename {
      inherit from to warn;
      visible = false;
      use =
        lib.warnIf
          warn
          "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };

  /* Several old options become one: `merge config` makes its definition when any of them is defined. */
  mkMergedOptionModule =
    from: to: merge:
    { config, options, ... }:
    {
      options = lib.foldl' lib.recursiveUpdate { } (
        map (
          path:
          setAttrByPath path (
            mkOption {
              visible = false;
              default = unset;
            }
          )
        ) from
      );
      config =
        let
          isSet = path: attrByPath path unset config != unset;
          warning =
            path:
            let
              option = getAttrFromPath path options;
            in
            optional (isSet path) (
              "The option `${showOption path}' defined in ${showFiles option.files} has been changed to "
              + "`${showOption to}' that has a different type. Please read `${showOption to}' documentation "
              + "and update your configuration accordingly."
            );
        in
        optionalAttrs (options ? warnings) { warnings = concatMap warning from; }
        // setAttrByPath to (mkMerge (optional (any isSet from) (merge config)));
    };

  mkChangedOptionModule = from: to: change: mkMergedOptionModule [ from ] to change;

  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = x: x;
    };
  mkAliasOptionModuleMD = mkAliasOptionModule;
  mkAliasOptionModuleWithPriority = mkAliasOptionModule;

  /* Makes `from` stand for `to`: definitions are passed on with their priorities, reading gives `to`'s value. */
  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      old = getAttrFromPath from options;
      new = attrByPath to { } options;
      valueOf = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.");
      type = new.type or (types.submodule { });
      passOn = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption ({
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = x: use (valueOf config);
        } // optionalAttrs (type != null) { inherit type; })
      );
      config = mkIf condition (
        mkMerge [
          (optionalAttrs (options ? warnings) {
            warnings =
              optional
                (warn && old.isDefined)
                "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
          })
          (passOn (setAttrByPath to) old)
        ]
      );
    };
}
