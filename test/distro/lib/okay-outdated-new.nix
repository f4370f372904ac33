# Names that old code has.
{ lib ? import ../../../distro/lib }:
with lib;
let
  pkg = name: inputs: { outPath = "/${name}"; inherit name; propagatedBuildInputs = inputs; };
  a = pkg "a" [ ];
  b = pkg "b" [ a ];
  c = pkg "c" [ a b null ];
in
{
  imap = imap (i: x: "${toString i}${x}") [ "a" "b" ];
  unique = [ (uniqList { inputList = [ 1 2 1 ]; acc = [ 2 ]; })
    (uniqListExt { inputList = [ { k = 1; v = "a"; } { k = 1; v = "b"; } ]; getter = x: x.k; }) ];
  closure = map (map (x: x.name)) [ (closePropagation [ c ]) (misc.closePropagationSlow [ b ]) ];
  lazyClosure = lazyGenericClosure { startSet = [ { key = { n = 0; }; } ];
    operator = x: if x.key.n < 2 then [ { key.n = x.key.n + 1; } { key.n = 0; } ] else [ ]; };
  attrs = [ (nvs "a" 1) (setAttr { } "a" 1) (setAttrMerge "a" [ ] { a = [ 1 ]; } (x: x ++ [ 2 ])) (maybeAttr "a" 0 { }) ];
  merged = [
    (mergeAttrsWithFunc (x: y: x + y) { a = 1; b = 2; } { a = 10; c = 3; })
    (mergeAttrsConcatenateValues { a = 1; } { a = [ 2 ]; b = 3; })
    (mergeAttrsNoOverride { } { buildInputs = [ 1 ]; a = 1; } { buildInputs = [ 2 ]; b = 2; })
    (mergeAttrsByFuncDefaultsClean [ { buildInputs = [ 1 ]; meta.a = 1; x = 1; } { buildInputs = [ 2 ]; meta.b = 2; x = 2; } ])
  ];
  flags = [ (checkFlag { flags = [ "a" ]; b = 5; } "a") (checkFlag { b = 5; } "b") (checkFlag { } "true")
    (checkFlag { } "c") (getValue { } [ [ "x" 1 ] [ "y" 2 ] ] "y") (getValue { } [ ] "z")
    (checkReqs { flags = [ "ssl" ]; } [ [ "openssl" true ] ] [ [ "ssl" "openssl" ] [ "x11" "nothing" ] ]) ];
  ifEnable = map (ifEnable false) [ [ 1 ] { a = 1; } true 1 ];
  condConcat = condConcat "name" [ "a" "-a" "b" "-b" ] (x: x == "b");
  types = map nixType [ 1 "a" [ ] { } { outPath = ""; } true null (x: x) ];
  sums = (modifySumArgs (a: b: { inherit a; }) { extra = 1; }) { x = 1; } { y = 2; } null;
  folded = let f = foldArgs (x: y: x // y) (args: { inherit (args) n; }) { n = 0; } { n = 1; };
  in [ f.n (f.override { n = 2; }).n f.passthru.args ];
  env = maybeEnv "SURELY_NOT_SET_ANYWHERE" "default";
  splice = mapCrossIndex (x: x + 1) (renameCrossIndexFrom "self"
    (renameCrossIndexTo "self" { buildBuild = 1; buildHost = 2; buildTarget = 3; hostHost = 4; hostTarget = 5; targetTarget = 6; }));
}
