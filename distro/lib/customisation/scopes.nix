# Sets of packages, also for several platforms at once.
{ lib }:

let
  inherit (builtins) mapAttrs;

  crossIndex = {
    buildBuild = "BuildBuild";
    buildHost = "BuildHost";
    buildTarget = "BuildTarget";
    hostHost = "HostHost";
    hostTarget = "HostTarget";
    targetTarget = "TargetTarget";
  };
in
rec {
  /* A set of packages that find each other. */
  makeScope =
    newScope: f:
    let
      self =
        { callPackage = self.newScope { }; }
        // f self
        // {
          newScope = scope: newScope (self // scope);
          overrideScope = g: makeScope newScope (lib.fixedPoints.extends g f);
          packages = f;
        };
    in
    self;

  /* The same where packages are made for several platforms: each is the one for where it's used. */
  makeScopeWithSplicing' =
    { splicePackages, newScope }@splicing:
    {
      otherSplices,
      keep ? (_: { }),
      extra ? (_: { }),
      f,
    }@given:
    let
      spliced0 =
        splicePackages (renameCrossIndexTo "pkgs" (renameCrossIndexFrom "self" otherSplices) // {
          pkgsHostTarget = self;
        });
      spliced = extra spliced0 // spliced0 // keep self;
      self = f self // {
        newScope = scope: newScope (spliced // scope);
        callPackage = newScope spliced;
        overrideScope =
          g: makeScopeWithSplicing' splicing (given // { f = lib.fixedPoints.extends g f; });
        packages = f;
      };
    in
    self;
  makeScopeWithSplicing =
    splicePackages: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { inherit splicePackages newScope; } {
      inherit otherSplices keep extra f;
    };

  # Sets with one value for each pair of the platforms that something is built on, runs on and makes programs for.
  renameCrossIndexFrom = prefix: x: mapAttrs (_: suffix: x.${prefix + suffix}) crossIndex;
  renameCrossIndexTo =
    prefix: x:
    lib.mapAttrs' (name: suffix: {
      name = prefix + suffix;
      value = x.${name};
    }) crossIndex;
  mapCrossIndex = f: x: mapAttrs (name: _: f x.${name}) crossIndex;
}
