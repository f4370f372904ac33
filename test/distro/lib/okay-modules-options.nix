{ lib ? import ../../../distro/lib }:
with lib;
let
  e = evalModules {
    modules = [
      { _file = "decl.nix"; options.a.b = mkOption { type = types.listOf types.int; default = [ 0 ];
          description = "text"; }; options.c = mkOption { type = types.int; }; options.d = mkOption { default = 1; }; }
      { _file = "one.nix"; a.b = [ 1 ]; }
      { _file = "two.nix"; a.b = mkForce [ 2 ]; }
      { _file = "three.nix"; a.b = mkForce [ 3 ]; }
    ];
  };
  b = e.options.a.b;
in
{
  inherit (b) value definitions files isDefined highestPrio loc declarations description default;
  undefined = { inherit (e.options.c) isDefined highestPrio definitions files; };
  default' = { inherit (e.options.d) isDefined highestPrio value files; };
  isOption = map isOption [ b e.options.a { } ];
  showOption = [ (showOption [ "a" "b" "d-e" "<name>" "*" ]) (showFiles [ "a" "b" ]) ];
  list = map (d: { inherit (d) name internal; }) (filter (d: !hasPrefix "_module" d.name) (optionAttrSetToDocList e.options));
}
