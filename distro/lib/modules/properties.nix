# What may stand around a definition's value: conditions, merges, priorities, orders and the file that it comes from.
# How they are taken off again is in resolve.nix.
{ lib }:

rec {
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkAssert =
    assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkDefinition = { file, value, ... }@args: args // { _type = "definition"; };

  # A smaller number is stronger.
  defaultOverridePriority = 100;
  defaultPriority = defaultOverridePriority;
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkStrict = mkOverride 0;

  # A smaller number comes first.
  defaultOrderPriority = 1000;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  # Has had no effect for years.
  mkFixStrictness = x: x;

  /* Applies `f` to the value within, whatever properties stand around it. */
  mapDefinitionValue =
    f: def:
    let
      kind = def._type or null;
      within = mapDefinitionValue f;
    in
    if kind == "merge" then
      def // { contents = map within def.contents; }
    else if kind == "if" || kind == "override" || kind == "order" then
      def // { content = within def.content; }
    else if kind == "definition" then
      def // { value = within def.value; }
    else
      f def;
}
