{ lib ? import ../../../distro/lib }:
with lib;
let
  fails = x: !(builtins.tryEval (builtins.deepSeq x x)).success;
  drv = { type = "derivation"; name = "d-1"; outPath = "/d"; drvPath = "/d.drv"; system = "s"; meta = { a = 1; };
    outputs = [ "out" "dev" ]; out = drv // { outputName = "out"; }; dev = drv // { outPath = "/dev"; outputName = "dev"; }; };
  mk = extendMkDerivation {
    constructDrv = f: fix (final: (if isFunction f then f final else f) // { made = true; });
    excludeDrvArgNames = [ "hidden" ];
    extendDrvArgs = final: { name, hidden ? 1, ... }: { inherit name; seen = hidden; };
  };
in
{
  extended = [ (mk { name = "a"; hidden = 2; other = 3; }) (mk (final: { name = "b"; other = final.name; })) (functionArgs mk) ];
  functor = let f = makeOverridable { __functor = _: { x ? 1 }: { value = x; }; kept = true; };
  in [ f.kept (f { x = 2; }).value ((f { }).override { x = 3; }).value (functionArgs f) ];
  overridden = ((makeOverridable ({ x }: { overrideAttrs = g: g x; })) { x = 1; }).overrideAttrs (n: { n = n + 1; }) ? override;
  outputs = let e = extendDerivation true { more = 1; } drv;
  in [ e.more e.dev.more e.dev.outputSpecified e.out.outPath e.dev.outPath (map (o: o.outputName) e.all) ];
  unusable = fails (extendDerivation (throw "no") { } drv).outPath;
  job = removeAttrs (hydraJob drv) [ "out" "dev" ];
  scope = (makeScope (extra: f: _: f (extra // { given = 1; }))
    (self: { a = self.callPackage ({ given, b, ... }: given + b) { }; b = 2; })).a;
  own = (makeScope (_: _: null) (_: { callPackage = "own"; })).callPackage;
  spliced = let s = makeScopeWithSplicing' { splicePackages = x: x.pkgsHostTarget // { spliced = true; };
    newScope = extra: f: _: f extra; } { otherSplices = { }; f = self: { a = self.callPackage (x: x.spliced) { }; }; };
  in [ s.a ((s.overrideScope (final: prev: { b = prev ? a; })).b) ];

  meta = [ (addMetaAttrs { b = 2; } drv).meta (lowPrio drv).meta.priority
    ((hiPrio (drv // { overrideAttrs = f: "called"; }))) (appendToName "x" drv).name (setName "n" drv).name ];
  exe = [ (getExe (drv // { meta.mainProgram = "p"; })) (fails (getExe' drv "a/b")) (fails (getExe' "x" "a")) (fails (getExe' drv 1)) ];
  lazily = let l = lazyDerivation { derivation = throw "no"; outputs = [ "out" "dev" ]; meta.m = 1; passthru.p = 2; };
  in [ (attrNames l) l.type l.meta l.p l.outputs ];
  lazyChecks = map (l: fails l.outPath) [ (lazyDerivation { derivation = drv; }) (lazyDerivation { derivation = { }; })
    (lazyDerivation { derivation = drv; outputs = [ "out" "dev" ]; }) ];
  disjoint = [ (attrsets.unionOfDisjoint { a = 1; } { b = 2; }) (fails (attrsets.unionOfDisjoint { a = 1; } { a = 2; })) ];
  outputsOf = [ (getFirstOutput [ "doc" "dev" ] drv).outPath (getFirstOutput [ "doc" ] drv).outPath (getStatic drv).outPath ];
}
