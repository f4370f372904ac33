# What doesn't count isn't looked at.
{ lib ? import ../../../distro/lib }:
with lib;
let
  o = type: default: mkOption { inherit type default; };
  needed = type: mkOption { inherit type; };
  never = throw "looked at";
  eval = modules: (evalModules { inherit modules; }).config;
  option = modules: (evalModules { inherit modules; }).options.x;
  int = { options.x = needed types.int; };
  list = { options.x = needed (types.listOf types.str); };
  set = { options.x = needed (types.attrsOf types.int); };
in
{
  # Behind a condition that doesn't hold there may be options without a value.
  behindIf = (eval [
    ({ config, ... }: {
      options.a.enable = mkEnableOption "a";
      options.a.order = needed (types.listOf types.str);
      options.b = mkOption { default = false; };
      config = mkIf config.a.enable { b = elem "x" config.a.order; };
    })
  ]).b;
  behindIfInSet = (eval [ { options.a.b = o types.int 1; options.c = o types.bool false; }
      ({ config, ... }: { a = mkIf config.c { b = never; }; }) ]).a;
  behindIfAround = (eval [ int (mkIf false { x = never; }) { x = 1; } ]).x;
  behindIfInMerge = (eval [ int { x = mkMerge [ (mkIf false never) 2 ]; } ]).x;
  behindIfInList = (eval [ list { x = [ "a" (mkIf false never) ]; } ]).x;
  behindIfInAttrs = (eval [ set { x = { a = 1; b = mkIf false never; }; } ]).x;
  behindIfInElement = (eval [ { options.x = needed (types.attrsOf (types.submodule { options.y = o types.int 1; })); }
      { x.a = mkIf false never; x.b.y = mkIf false never; } ]).x;
  conditionFirst = (eval [ int { x = mkIf false (mkForce never); } { x = 3; } ]).x;

  # Weaker definitions.
  weaker = map (weak: (eval [ int { x = weak; } { x = 4; } ]).x) [ (mkDefault never) (mkOptionDefault never) ];
  weakerDefault = (eval [ { options.x = o types.int never; } { x = 5; } ]).x;
  weakerOrder = (eval [ list { x = mkForce [ "a" ]; } { x = mkBefore never; } ]).x;
  weakerInAttrs = (eval [ set { x.a = mkDefault never; } { x.a = 6; } ]).x;
  weakerInSet = (eval [ { options.a.b = needed types.int; } { a = mkDefault { b = never; }; } { a.b = 7; } ]).a;

  # Names and priorities are known before values, and of values only what is asked for.
  lazyNames = attrNames (eval [ { options.x = needed (types.lazyAttrsOf types.int); } { x.a = never; x.b = mkIf never 1; } ]).x;
  rawElement = length (eval [ { options.x = needed (types.listOf types.raw); } { x = [ { a = never; } ]; } ]).x;
  priority = (option [ int { x = mkForce never; } ]).highestPrio;
  isDefined = (option [ list { x = mkIf false never; } ]).isDefined;
  otherOption = (eval [ int { options.y = o types.int 1; } { x = never; } ]).y;
  unchecked = (eval [ int { _module.check = false; x = 1; nothing = never; } ]).x;
  description = (types.attrsOf never).check { };
}
