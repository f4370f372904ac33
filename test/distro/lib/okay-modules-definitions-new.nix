# Merge functions of others get definitions of { file, value } and nothing else, wherever their type stands.
{ lib ? import ../../../distro/lib }:
with lib;
let
  # Fails for a definition that has more attributes.
  exact = mkOptionType { name = "exact"; merge = _: defs: map ({ value, file }: [ (baseNameOf file) value ]) defs; };
  second = mkOptionType {
    name = "second";
    check = { __functor = _: _: true; isV2MergeCoherent = true; };
    merge = {
      __functor = self: loc: defs: (self.v2 { inherit loc defs; }).value;
      v2 = { loc, defs }: { headError = null; value = map ({ value, file }: value) defs; valueMeta.count = length defs; };
    };
  };
  of = type: definitions: (evalModules {
    modules = [ { options.x = mkOption { inherit type; }; } ] ++ imap1 (n: value: { _file = "m${toString n}"; x = value; }) definitions;
  });
  value = type: definitions: (of type definitions).config.x;
in
{
  itself = value exact [ 1 2 ];
  within = {
    list = value (types.listOf exact) [ [ 1 ] [ 2 (mkIf true 3) ] ];
    set = value (types.attrsOf exact) [ { a = 1; } { a = mkForce 2; b = 3; } ];
    lazySet = value (types.lazyAttrsOf exact) [ { a = 1; } ];
    nullable = value (types.nullOr exact) [ 1 2 ];
    either = value (types.either types.int exact) [ "a" "b" ];
    coerced = value (types.coercedTo types.int toString exact) [ 1 "b" ];
    unique = value (types.unique { message = ""; } exact) [ 1 ];
    checked = value (types.addCheck exact (x: x > 0)) [ 1 2 ];
    function = (value (types.functionTo exact) [ (x: x + 1) (x: x + 2) ]) 1;
    submodule = (value (types.submodule { options.y = mkOption { type = exact; }; }) [ { y = 1; } { y = mkIf true 2; } ]).y;
    freeform = (evalModules { modules = [ { freeformType = types.attrsOf exact; } { _file = "f"; a = 1; } ]; }).config.a;
    tagged = value (types.attrTag { t = mkOption { type = exact; }; }) [ { t = 1; } ];
  };
  replacedMerge = value (types.attrsOf types.int // { merge = _: map ({ value, file }: value); }) [ { a = 1; } ];
  secondKind = [ (value second [ 1 2 ]) (value (types.attrsOf second) [ { a = 1; } { a = 2; } ])
    ((of second [ 1 2 3 ]).options.x.valueMeta.count) ];
  withLocations = (of types.int [ 1 ]).options.x.definitionsWithLocations;
  byHand = (mergeDefinitions [ "a" ] exact [ { file = "f"; value = mkIf true 1; } { file = "g"; value = mkIf false 2; } ]).mergedValue;
}
