# The module system. Read in the order of the data: collect (modules to a flat list), tree (declarations and definitions
# merged level by level), properties (mkIf, mkForce ... taken off), values (definitions and a type to a value), eval.
{ lib }:

let
  part = file: import file { inherit lib; };
  evaluation = part ./eval.nix;
in
rec {
  properties = part ./properties.nix;
  errors = part ./errors.nix;
  collect = part ./collect.nix;
  tree = part ./tree.nix;
  values = part ./values.nix;
  rename = part ./rename.nix;

  inherit (evaluation) evalModules evalInstance prepare;

  inherit (properties)
    mkIf mkAssert mkMerge mkOverride mkOptionDefault mkDefault mkImageMediaOverride mkForce mkVMOverride mkStrict
    mkFixStrictness mkOrder mkBefore mkAfter mkDefinition defaultOverridePriority defaultOrderPriority defaultPriority
    dischargeProperties pushDownProperties filterOverrides filterOverrides' sortProperties;

  inherit (values) mergeDefinitions;

  inherit (rename)
    mkRemovedOptionModule mkRenamedOptionModule mkRenamedOptionModuleWith mkMergedOptionModule mkChangedOptionModule
    mkAliasOptionModule mkAliasOptionModuleMD mkAliasOptionModuleWithPriority mkDerivedConfig doRename mkAliasDefinitions
    mkAliasAndWrapDefinitions mkAliasAndWrapDefsWithPriority mkAliasIfDef fixMergeModules mkSinkUndeclaredOptions;

  /* A module that counts as standing in `file`, unless it says itself where it stands. */
  setDefaultModuleLocation = file: m: { _file = file; imports = [ m ]; };

  # The same for modules that are met again and again: no import to follow.
  locate = file: module:
    if module._type or null == "located-module" then module else { _type = "located-module"; inherit file module; };

  /* Options evaluated by themselves, without modules. */
  evalOptionValue = loc: opt: defs:
    (tree.node loc [{ file = lib.options.unknownModule; from = null; options = opt; }] (map (d: { props = null; from = null; } // d) defs)).options;

  importApply = path: args: lib.modules.setDefaultModuleLocation path (import path args);

  importJSON = file: { _file = file; config = lib.importJSON file; };
  importTOML = file: { _file = file; config = lib.importTOML file; };
}
