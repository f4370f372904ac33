# The module system. Read in the order of the data: collect (modules to a flat list), tree (declarations and definitions
# level by level), leaf (one option), resolve (mkIf, mkForce ... taken off), values (definitions and a type to a value), eval.
{ lib }:

let
  part = file: import file { inherit lib; };
in
rec {
  properties = part ./properties.nix;
  resolve = part ./resolve.nix;
  errors = part ./errors.nix;
  places = part ./places.nix;
  nearest = part ./nearest.nix;
  unknown = part ./unknown.nix;
  collect = part ./collect.nix;
  tree = part ./tree.nix;
  leaf = part ./leaf.nix;
  values = part ./values.nix;
  ownOptions = part ./own-options.nix;
  eval = part ./eval.nix;
  instance = part ./instance.nix;
  rename = part ./rename.nix;
  alias = part ./alias.nix;
  outdated = part ./outdated.nix;

  inherit (eval) evalModules;
  inherit (instance) evalInstance isLocated locate prepare;

  inherit (properties)
    mkIf
    mkAssert
    mkMerge
    mkOverride
    mkOptionDefault
    mkDefault
    mkImageMediaOverride
    mkForce
    mkVMOverride
    mkStrict
    mkFixStrictness
    mkOrder
    mkBefore
    mkAfter
    mkDefinition
    mapDefinitionValue
    defaultOverridePriority
    defaultOrderPriority
    defaultPriority
    ;

  inherit (resolve)
    dischargeProperties
    pushDownProperties
    filterOverrides
    filterOverrides'
    sortProperties
    ;

  inherit (values) mergeDefinitions mergeAttrDefinitionsWithPrio;
  inherit (leaf) evalOptionValue mergeOptionDecls fixupOptionType;

  inherit (rename)
    mkRemovedOptionModule
    mkRenamedOptionModule
    mkRenamedOptionModuleWith
    mkMergedOptionModule
    mkChangedOptionModule
    mkAliasOptionModule
    mkAliasOptionModuleMD
    mkAliasOptionModuleWithPriority
    doRename
    ;

  inherit (alias)
    mkAliasDefinitions
    mkAliasAndWrapDefinitions
    mkAliasAndWrapDefsWithPriority
    mkAliasIfDef
    mkDerivedConfig
    ;

  inherit (outdated)
    fixMergeModules
    collectModules
    unifyModuleSyntax
    applyModuleArgsIfFunction
    mergeModules
    mergeModules'
    ;

  /* A module that counts as standing in `file`, unless it says itself where it stands. */
  setDefaultModuleLocation = file: m: {
    _file = file;
    imports = [ m ];
  };

  /* The module of a file that needs an argument before it's one: `import path argument`, with its place known. */
  importApply = path: argument: lib.modules.setDefaultModuleLocation path (import path argument);

  importJSON = file: {
    _file = file;
    config = lib.importJSON file;
  };
  importTOML = file: {
    _file = file;
    config = lib.importTOML file;
  };

  mkSinkUndeclaredOptions = lib.options.mkSinkUndeclaredOptions;
}
