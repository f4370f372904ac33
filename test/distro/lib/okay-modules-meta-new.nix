# What is known of values beside themselves, values without definitions, and modules as a graph.
{ lib ? import ../../../distro/lib }:
with lib;
let
  of = type: definitions: evalModules { modules = [ { options.x = mkOption { inherit type; }; } ] ++ map (x: { inherit x; }) definitions; };
  meta = type: definitions: (of type definitions).options.x.valueMeta;
  sub = types.submodule { options.y = mkOption { type = types.int; default = 1; }; };
  y = m: m.configuration.options.y.value;
in
{
  scalar = meta types.int [ 1 ];
  submodule = y (meta sub [ { y = 2; } ]);
  list = map y (meta (types.listOf sub) [ [ { y = 3; } { } ] ]).list;
  attrs = mapAttrs (_: y) (meta (types.attrsOf sub) [ { a.y = 4; } { b = { }; } ]).attrs;
  extended = (((meta sub [ { } ]).configuration.extendModules { modules = [ { y = 5; } ]; }).config).y;
  own = (meta (types.listOf types.int) [ [ 1 ] ])._internal.type.name;

  # A type may say what no definition means.
  undefined = map (type: (of type [ ]).config.x)
    [ (types.listOf types.int) (types.attrsOf types.int) types.attrs (types.nullOr types.int)
    sub (types.coercedTo types.int singleton (types.listOf types.int)) ];
  withoutMeaning = map (type: (builtins.tryEval (of type [ ]).config.x).success) [ types.int types.str (types.nonEmptyListOf types.int) ];
  conditionedAway = [ (of (types.listOf types.int) [ (mkIf false [ 1 ]) ]).config.x
    (of (types.listOf types.int) [ (mkIf false [ 1 ]) ]).options.x.isDefined ];

  graph = (evalModules { modules = [ { key = "a"; imports = [ { key = "b"; } { key = "c"; } ]; }
        { key = "d"; disabledModules = [ { key = "c"; } ]; } ]; }).graph;

  priorities = modules.mergeAttrDefinitionsWithPrio (of (types.attrsOf types.int)
    [ { a = mkDefault 1; b = mkForce 2; } { a = 3; b = 4; } ]).options.x;
  mapped = (evalModules { modules = [ { options.x = mkOption { type = types.listOf types.int; }; }
        { x = modules.mapDefinitionValue (map (n: n * 2))
          (mkMerge [ (mkIf true [ 1 ]) (mkAfter [ 2 ]) (mkForce (mkOrder 1200 [ 3 ])) (mkForce [ 4 ]) ]); } ]; }).config.x;
  once = (evalModules { modules = [ {
    options.s = mkOption {
      type = types.submodule [
        { key = "k"; options.y = mkOption { default = 1; }; } { key = "k"; options.y = mkOption { default = 1; }; }
      ];
      default = { };
    };
  } ]; }).config.s;
}
