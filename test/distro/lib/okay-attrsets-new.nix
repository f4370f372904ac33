# Functions that nixpkgs 20.09 doesn't have.
{ lib ? import ../../../distro/lib }:
with lib;
{
  foldlAttrs = foldlAttrs (acc: n: v: acc ++ [ n v ]) [ ] { b = 2; a = 1; };
  concatMapAttrs = concatMapAttrs (n: v: { ${n + v} = v; ${v} = n; }) { a = "x"; b = "y"; };
  attrsToList = attrsToList { a = 1; b = 2; };
  cartesianProduct = cartesianProduct { a = [ 1 2 ]; b = [ 10 20 ]; };
  mapCartesianProduct = mapCartesianProduct ({ a, b }: "${a}-${b}") { a = [ "1" "2" ]; b = [ "3" ]; };
  mergeAttrsList = [ (mergeAttrsList [ { a = 1; b = 1; } { b = 2; } { c = 3; } ]) (mergeAttrsList [ ]) ];
  longestValidPathPrefix = longestValidPathPrefix [ "a" "b" "c" ] { a.b = { }; };
  updateManyAttrsByPath = updateManyAttrsByPath [
    { path = [ "a" "b" ]; update = old: { d = old.c; }; }
    { path = [ "a" "b" "c" ]; update = old: old + 1; }
    { path = [ "x" "y" ]; update = old: "new"; }
  ] { a.b.c = 0; };
  mapAttrsToListRecursive = mapAttrsToListRecursive (path: v: "${concatStringsSep "/" path}=${toString v}") { a.b = 1; c = 2; };
  genAttrs' = genAttrs' [ "x" ] (n: nameValuePair (n + "1") 1);
  unionOfDisjoint = (unionOfDisjoint { a = 1; } { b = 2; });
  unionThrows = (builtins.tryEval (unionOfDisjoint { a = 1; } { a = 2; }).a).success;
  getOutput = [ (getDev { out = "out"; dev = "dev"; }) (getDev { out = "out"; }) (getBin "/nix/store/x")
    (getLib { out = "o"; outputSpecified = true; lib = "l"; }).out ];
  recurse = [ (recurseIntoAttrs { }) (dontRecurseIntoAttrs { }) ];
  showAttrPath = [ (showAttrPath [ "a" "b.c" ]) (showAttrPath [ ]) ];
}
