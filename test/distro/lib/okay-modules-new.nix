# Behaviour that nixpkgs 20.09 doesn't have yet.
{ lib ? import ../../../distro/lib }:
with lib;
let
  o = type: default: mkOption { inherit type default; };
  eval = modules: (evalModules { inherit modules; }).config;
  base = evalModules { modules = [ { options.x = o types.int 0; options.y = o types.int 0; } { x = 1; } ]; };
in
{
  bareSubOptions = eval [ { options.s = o (types.submodule { }) { }; } { options.s.deep.a = o types.int 1; } { s.deep.a = 4; } ];
  extendModules = [ base.config (base.extendModules { modules = [ { x = mkForce 5; } ({ config, ... }: { y = config.x; }) ]; }).config ];
  type = (eval [ { options.sub = mkOption { type = types.attrsOf base.type; }; } { sub.a.y = 3; } ]).sub;
  class = [ (evalModules { class = "nixos"; modules = [ { _class = "nixos"; } ]; }).config
    (builtins.tryEval (evalModules { class = "nixos"; modules = [ { _class = "home"; } ]; }).config).success ];
  extendFromWithin = (eval [ ({ extendModules, config, ... }:
        { options.x = o types.int 0; options.inner = o types.raw { }; config.inner = if config.x
          == 0 then (extendModules { modules = [ { x = 1; } ]; }).config.x else null; }) ]).inner;
  freeform = eval [ { freeformType = types.attrsOf types.int; options.known = o types.str "k"; }
    { a = 1; b = mkDefault 2; } { b = 3; known = "x"; } ];
  freeformNested = eval [ { freeformType = types.attrsOf (types.attrsOf types.int); options.a.known = o types.int 0; }
    { a.other = 2; b.c = 3; } ];
  deferred = let c = eval [ { options.m = mkOption { type = types.deferredModule; }; }
    { m = { options.a = o types.int 1; }; } { m = { config, ... }: { a = mkForce 2; }; } ]; in eval [ c.m ];
  attrTag = (eval [ { options.x = mkOption { type = types.attrTag
          { int = mkOption { type = types.int; }; str = mkOption { type = types.str; apply = s: s + "!"; }; }; }; } { x.str = "a"; } ]).x;
  boolByOr = (eval [ { options.x = o types.boolByOr false; } { x = true; } { x = false; } ]).x;
  functionTo = let f = (eval [ { options.f = mkOption { type = types.functionTo (types.listOf types.str); }; }
      { f = a: [ a ]; } { f = a: [ (a + a) ]; } ]).f; in f "x";
  lazyAttrs = (eval [ { options.x = o (types.lazyAttrsOf (types.nullOr types.int)) { }; }
      ({ config, ... }: { x.a = 1; x.b = mkIf (config.x.a == 2) 3; }) ]).x;
  anything = (eval [ { options.x = o types.anything { }; } { x = { a.b = 1; l = [ 1 ]; f = x: { p = x; }; }; }
      { x = { a.c = 2; l = [ 1 ]; f = x: { q = x; }; }; } ]).x // { f = "function"; };
  optionTypes = (eval [ { options.t = mkOption { type = types.optionType; }; }
      { t = types.submodule { options.a = o types.int 1; }; } { t = types.submodule { options.b = o types.int 2; }; } ]).t.name;
  moduleArgsName = (eval
    [ { options.s = o (types.attrsOf (types.submodule
            ({ name, config, ... }: { options.n = o types.str "${name}/${config._module.args.name}"; }))) { }; } { s.foo = { }; } ]).s;
  definition = (evalModules { modules = [ { options.x = o types.str ""; }
        { x = mkDefinition { file = "elsewhere.nix"; value = "v"; }; } ]; }).options.x.files;
  ofSubmodules = (eval [ { options.s = o (types.listOf (types.submodule { options.a = o types.int 1; })) [ ]; }
      { s = [ { a = 2; } { } ]; } ]).s;
  lazyAttrsOf = (eval [ { options.x = o (types.lazyAttrsOf (types.listOf types.int)) { }; }
      { x = { a = [ 1 ]; b = mkIf false [ 2 ]; }; } ]).x;
  descriptions = map (t: t.description) [ types.int types.str (types.listOf types.str)
    (types.attrsOf (types.nullOr types.int)) (types.nullOr (types.listOf types.int)) (types.enum [ "a" "b" ])
    (types.enum [ 1 ]) (types.oneOf [ types.int types.bool types.str ]) (types.submodule { })
    (types.submodule { freeformType = types.attrsOf types.int; }) (types.listOf (types.either types.int types.str))
    types.lines (types.passwdEntry types.str) (types.functionTo types.int) types.path (types.coercedTo types.int toString types.str) ];
  eitherSub = (eval [ { options.s = o (types.either types.str (types.submodule { options.a = o types.int 1; })) ""; } { s = { }; } ]).s;
}
