# Definitions of one option passed on to another.
{ lib }:

let
  inherit (lib) mkIf mkMerge mkOverride;
  priorityOf = option: option.highestPrio or lib.modules.defaultOverridePriority;
  ifDefined = option: mkIf (lib.isOption option && option.isDefined);
in
rec {
  mkAliasDefinitions = mkAliasAndWrapDefinitions (x: x);
  mkAliasAndWrapDefinitions = wrap: option: ifDefined option (wrap (mkMerge option.definitions));

  /* The same with the priority that the definitions have, and the files that they stand in. */
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      passed =
        d:
        lib.modules.mkDefinition {
          inherit (d) file;
          value = mkOverride (priorityOf option) d.value;
        };
    in
    ifDefined option (wrap (mkMerge (map passed option.definitionsWithLocations)));

  mkAliasIfDef = option: ifDefined option;

  /* The definition of one option from the value of another, with that one's priority. */
  mkDerivedConfig = option: f: mkOverride (priorityOf option) (f option.value);
}
