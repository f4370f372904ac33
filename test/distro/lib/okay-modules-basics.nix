{ lib ? import ../../../distro/lib }:
with lib;
let
  o = type: default: mkOption { inherit type default; };
  eval = modules: (evalModules { inherit modules; }).config;
  clean = c: removeAttrs c [ "_module" ];
  lists = { options.x = o (types.listOf types.str) [ ]; };
  int = { options.x = o types.int 0; };
in
mapAttrs (_: c: (clean c)) {
  default = eval [ int ];
  set = eval [ int { x = 1; } ];
  longForm = eval [ int { config.x = 1; } ];
  function = eval [ int ({ config, lib, options, ... }: { x = if options ? x then 3 else 4; }) ];
  force = eval [ int { x = 1; } { x = mkForce 2; } { x = mkDefault 3; } ];
  override = eval [ int { x = mkOverride 40 1; } { x = mkForce 2; } ];
  vmOverride = eval [ int { x = mkForce 1; } { x = mkVMOverride 2; } ];
  optionDefault = eval [ { options.x = o (types.listOf types.str) [ "default" ]; } { x = mkOptionDefault [ "added" ]; } ];
  ifs = eval [ int { x = mkIf false 1; } { x = mkIf true 2; } ];
  ifIsLazy = eval [ int { options.enable = o types.bool false; } ({ config, ... }: { x = mkIf config.enable (throw "not reached"); }) ];
  ifAroundSets = eval [ { options.a.b.c = o types.int 0; options.a.b.d = o types.int 0; }
    { config = mkIf true { a = mkIf true { b.c = 1; b.d = mkIf false 2; }; }; } ];
  selfReference = eval [ { options.a.b = o types.bool true; options.a.c = o types.int 0; }
    ({ config, ... }: { a = mkIf config.a.b { c = 5; }; }) ];
  merge = eval [ lists { x = mkMerge [ [ "a" ] (mkIf false [ "b" ]) (mkMerge [ [ "c" ] ]) ]; } ];
  mergeOfSets = eval [ { options.a.b = o (types.listOf types.int) [ ]; options.a.c = o types.int 0; }
    { a = mkMerge [ { b = [ 1 ]; } { b = [ 2 ]; c = 3; } (mkIf false { c = 4; }) ]; } ];
  forcedSet = eval [ { options.a.b = o types.int 0; options.a.c = o types.int 0; } { a = mkForce { b = 1; c = 2; }; } { a.b = 5; } ];
  order = eval [ lists { x = mkAfter [ "last" ]; } { x = [ "middle" ]; } { x = mkBefore [ "first" ]; } { x = mkOrder 10 [ "zeroth" ]; } ];
  forceAndOrder = eval [ lists { x = mkForce (mkBefore [ "b" ]); } { x = mkForce [ "a" ]; } { x = [ "lost" ]; } ];
  moduleOrder = eval [ lists { x = [ "1" ]; imports = [ { x = [ "1.1" ]; imports = [ { x = [ "1.1.1" ]; } ]; }
        { x = [ "1.2" ]; } ]; } { x = [ "2" ]; } ];
  apply = eval [ { options.x = mkOption { type = types.int; apply = x: x * 2; }; config.x = 4; } ];
  imports = eval [ { imports = [ int ({ ... }: { x = 7; }) ]; } ];
  conditionalModule = eval [ int (mkIf true { x = 9; }) ];
  args = eval [ int { _module.args.extra = 5; } ({ extra, ... }: { x = extra; }) ];
  argsMerge = eval [ int { _module.args.extra = mkDefault 5; } { _module.args.extra = 6; } ({ extra, ... }: { x = extra; }) ];
  specialArgs = (evalModules { modules = [ int ({ special, ... }: { imports = [ { x = special; } ]; }) ];
      specialArgs.special = 3; }).config;
  twice = eval [ { options.x = o (types.attrsOf types.int) { }; } { key = "same"; x.a = 1; } { key = "same"; x.b = 2; } ];
  uncheckedNames = eval [ int { _module.check = false; y = 3; } ];
  typeMerge = eval [ { options.x = mkOption { type = types.enum [ "a" ]; }; }
    { options.x = mkOption { type = types.enum [ "b" ]; }; } { x = "b"; } ];
  subOptions = eval [ { options.s = o (types.submodule { options.a = o types.int 1; }) { }; }
    { options.s = mkOption { type = types.submodule { options.b = o types.int 2; }; }; } { s.b = 5; } ];
}
