{ lib ? import ../../../distro/lib }:
with lib;
let
  # The value of definitions of a type, or what kind of failure.
  try = type: values:
    let
      c = (evalModules { modules = [ { options.x = mkOption { inherit type; }; } ] ++ map (v: { x = v; }) values; }).config.x;
      r = builtins.tryEval (builtins.deepSeq c c);
    in
    if r.success then r.value else "error";
  each = type: map (v: try type [ v ]);
in
{
  bool = each types.bool [ true false 1 "true" ];
  int = each types.int [ 1 1.5 "1" ] ++ [ (try types.int [ 1 1 ]) (try types.int [ 1 2 ]) ];
  between = each (types.ints.between 1 3) [ 0 1 3 4 ];
  sized = [ (each types.ints.u8 [ (-1) 0 255 256 ]) (each types.ints.s8 [ (-129) (-128) 127 128 ])
    (each types.ints.u16 [ 65535 65536 ]) (each types.ints.positive [ 0 1 ]) (each types.ints.unsigned [ (-1) 0 ])
    (each types.port [ 65535 65536 ]) ];
  float = each types.float [ 1.5 1 ];
  str = each types.str [ "a" 1 null ] ++ [ (try types.str [ "a" "b" ]) (try types.str [ "a" "a" ]) ];
  strMatching = each (types.strMatching "[a-z]+") [ "abc" "ABC" "" ];
  lines = try types.lines [ "a" "b" ];
  separated = [ (try types.commas [ "a" "b" ]) (try types.envVar [ "a" "b" ]) (try (types.separatedString "-") [ "a" "b" ]) ];
  attrs = try types.attrs [ { a = 1; } { b = 2; } ];
  path = each types.path [ "/a" "a" ] ++ [ (builtins.typeOf (try types.path [ ./. ])) ];
  enum = each (types.enum [ "a" 1 null ]) [ "a" 1 null 2 ];
  nullOr = each (types.nullOr types.int) [ null 1 "a" ] ++ [ (try (types.nullOr types.int) [ null 1 ]) ];
  listOf = [ (try (types.listOf types.int) [ [ 1 2 ] [ 3 ] ]) (try (types.listOf types.int) [ [ 1 "a" ] ])
    (try (types.listOf types.int) [ [ 1 (mkIf false 2) (mkIf true 3) ] ])
    (try (types.listOf (types.listOf types.int)) [ [ [ 1 ] ] [ [ 2 ] ] ]) ];
  nonEmpty = [ (try (types.nonEmptyListOf types.int) [ [ ] ]) (try (types.nonEmptyListOf types.int) [ [ 1 ] ]) ];
  attrsOf = [ (try (types.attrsOf types.int) [ { a = 1; } { b = 2; } ])
    (try (types.attrsOf types.int) [ { a = 1; } { a = 2; } ])
    (try (types.attrsOf types.int) [ { a = mkDefault 1; b = mkIf false 1; } { a = 2; } ])
    (try (types.attrsOf (types.listOf types.int)) [ { a = [ 1 ]; } { a = [ 2 ]; } ]) ];
  either = each (types.either types.int types.str) [ 1 "a" null ] ++ [ (try (types.either types.int types.lines) [ "a" "b" ]) ];
  oneOf = each (types.oneOf [ types.int types.bool types.str ]) [ 1 true "x" [ ] ];
  coerced = each (types.coercedTo types.int toString types.str) [ 1 "a" true ]
    ++ [ (try (types.coercedTo types.str singleton (types.listOf types.str)) [ "a" [ "b" ] ]) ];
  uniq = [ (try (types.uniq types.int) [ 1 ]) (try (types.uniq types.int) [ 1 1 ]) ];
  addCheck = each (types.addCheck types.int (x: mod x 2 == 0)) [ 2 3 ];
  unspecified = [ (try types.unspecified [ { a = 1; } { b = 2; } ]) (try types.unspecified [ [ 1 ] [ 2 ] ]) (try types.unspecified [ 1 ]) ];
  submodule = try (types.submodule { options.a = mkOption { type = types.int; };
      options.b = mkOption { default = "b"; }; }) [ { a = 1; } { b = "c"; } ];
  submoduleFunctions = try (types.submodule ({ config, ... }:
      { options.a = mkOption { type = types.int; default = 2; }; options.b = mkOption { default = config.a + 1; }; }))
    [ { a = 5; } ({ config, ... }: { b = mkDefault config.a; }) ];
  submodules = try (types.attrsOf (types.submodule
      ({ name, ... }: { options.name = mkOption { default = name; };
          options.l = mkOption { type = types.listOf types.int; default = [ ]; }; })))
    [ { x.l = [ 1 ]; y = { }; } { x = { l = mkBefore [ 0 ]; name = "named"; }; z = mkIf false { }; } ];
  shorthand = try (types.submoduleWith { modules = [ { options.config = mkOption { type = types.int; }; } ];
      shorthandOnlyDefinesConfig = true; }) [ { config = 1; } ];
  submoduleWithArgs = try (types.submoduleWith
    { modules = [ ({ extra, ... }: { options.a = mkOption { default = extra; }; }) ]; specialArgs.extra = 4; }) [ { } ];
}
