{ lib ? import ../../../distro/lib }:
with lib;
{
  attrByPath = [ (attrByPath [ "a" "b" ] 0 { a.b = 1; }) (attrByPath [ "a" "c" ] 0 { a.b = 1; })
    (attrByPath [ "a" "b" "c" ] 0 { a.b = 1; }) ];
  hasAttrByPath = [ (hasAttrByPath [ "a" "b" ] { a.b = 1; }) (hasAttrByPath [ "a" "b" "c" ] { a.b = 1; }) (hasAttrByPath [ ] { }) ];
  setAttrByPath = setAttrByPath [ "a" "b" ] 3;
  getAttrFromPath = getAttrFromPath [ "a" "b" ] { a.b = 3; };
  filterAttrs = filterAttrs (n: v: n != "b" && v > 1) { a = 1; b = 2; c = 3; };
  filterAttrsRecursive = filterAttrsRecursive (n: v: v != null) { a = null; b.c = null; b.d = 1; };
  mapAttrs' = mapAttrs' (n: v: nameValuePair "${n}2" (v + 1)) { a = 1; b = 2; };
  mapAttrsToList = mapAttrsToList (n: v: n + toString v) { b = 2; a = 1; };
  mapAttrsRecursive = mapAttrsRecursive (path: v: concatStringsSep "." path + "=${toString v}") { a.b = 1; c = 2; };
  mapAttrsRecursiveCond = mapAttrsRecursiveCond (as: !(as ? leaf)) (path: v: length path) { a.b.leaf = true; c.d.e = 1; };
  genAttrs = genAttrs [ "x" "y" ] (n: n + n);
  recursiveUpdate = recursiveUpdate { a.b = 1; a.c = 2; d = 3; e.f = 1; } { a.b = 9; d.x = 1; e = 2; };
  recursiveUpdateUntil = recursiveUpdateUntil (path: l: r: path == [ "foo" ]) { foo.bar = 1; foo.baz = 2; bar = 3; }
    { foo.bar = 1; foo.quz = 2; baz = 4; };
  foldAttrs = foldAttrs (item: acc: [ item ] ++ acc) [ ] [ { a = 2; } { a = 3; b = 1; } ];
  collect = collect isList { a.b = [ "b" ]; a.c = [ 1 ]; d = 2; };
  zipAttrs = zipAttrs [ { a = 1; } { a = 2; b = 3; } ];
  zipAttrsWith = zipAttrsWith (n: vs: [ n vs ]) [ { a = 1; } { a = 2; b = 3; } ];
  zipAttrsWithNames = zipAttrsWithNames [ "a" ] (n: vs: vs) [ { a = 1; } { a = 2; b = 3; } ];
  matchAttrs = [ (matchAttrs { a.b = 1; } { a = { b = 1; c = 2; }; }) (matchAttrs { a.b = 1; } { a.b = 2; }) (matchAttrs { a = 1; } { }) ];
  overrideExisting = overrideExisting { a = 1; b = 2; } { b = 3; c = 4; };
  optionalAttrs = [ (optionalAttrs true { a = 1; }) (optionalAttrs false { a = 1; }) ];
  catAttrs = catAttrs "a" [ { a = 1; } { b = 2; } { a = 3; } ];
  attrVals = attrVals [ "b" "a" ] { a = 1; b = 2; };
  getAttrs = getAttrs [ "a" ] { a = 1; b = 2; };
  isDerivation = map isDerivation [ { type = "derivation"; } { } { type = 1; } "x" null ];
}
