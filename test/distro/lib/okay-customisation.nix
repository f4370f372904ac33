{ lib ? import ../../../distro/lib }:
with lib;
let
  f = { a, b ? 2 }: { result = a + b; };
  over = makeOverridable f { a = 1; };
  pkgs = { a = 10; c = 3; };
  drv = { type = "derivation"; name = "x"; drvPath = "/d"; outPath = "/o"; outputs = [ "out" "dev" ];
    out = { type = "derivation"; outputName = "out"; drvPath = "/d"; outPath = "/o"; };
    dev = { type = "derivation"; outputName = "dev"; drvPath = "/d"; outPath = "/v"; }; };
  extended = extendDerivation true { extra = 1; } drv;
in
{
  override = [ over.result (over.override { a = 5; }).result ((over.override { a = 5; }).override { b = 0; }).result
    (over.override (old: { a = old.a + 10; })).result ];
  args = functionArgs over.override;
  call = [ (callPackageWith pkgs f { }).result (callPackageWith pkgs f { b = 100; }).result
    ((callPackageWith pkgs f { }).override { a = 0; }).result ];
  calls = mapAttrs (_: v: v.name) (callPackagesWith pkgs ({ a }: { x.name = "x${toString a}"; y.name = "y"; }) { });
  extend = [ extended.extra extended.dev.extra extended.dev.outPath extended.outPath (map (o: o.outputName) extended.all) ];
  scope = let s = makeScope (extra: callPackageWith (pkgs // extra))
    (self: { x = self.callPackage ({ a }: { v = a; }) { }; y = self.callPackage ({ x }: { v = x.v + 1; }) { }; }); in [ s.x.v s.y.v ];
}
