# Over the files of this folder that are called .inc.
{ lib ? import ../../../distro/lib }:
with lib;
with lib.fileset;
let
  names = set: map baseNameOf (toList set);
  fails = x: !(builtins.tryEval (builtins.seq x x)).success;
  inc = fileFilter (file: file.hasExt "inc") ./.;
  one = ./name-one.inc;
  two = ./name-two.inc;
  store = set:
    let source = toSource { root = ./.; fileset = set; };
    in [ source.name (filter (name: source.filter (toString ./. + "/${name}") "regular") (attrNames (builtins.readDir ./.))) ];
in
{
  filter = names inc;
  union = map names [ (union one two) (unions [ one two one ]) (unions [ ]) ];
  intersection = map names [ (intersection inc one) (intersection one two) (intersection ./. (union one two)) (intersection ../lib one) ];
  difference = map names [ (difference inc one) (difference one inc) (difference inc ./.) (difference inc empty) ];
  missing = map names [ (maybeMissing ./nothing-here) (maybeMissing one) ];
  fromSource = names (fromSource (sources.sourceByGlobs ./. [ "name-*.inc" ]));
  isFileset = map isFileset [ inc one empty "a" 1 (cleanSource ./.) ./nothing-here ];
  source = [ (store (union one two)) (store empty) ];
  wrong = map fails [ (union one "a") (union one ./nothing-here) (unions one) (fileFilter 1 ./.) (fileFilter (_: true) inc)
    (maybeMissing "a") (toSource { root = one; fileset = one; }) (toSource { root = ./.; fileset = ../.; })
    (toSource { root = "/a"; fileset = one; }) (gitTracked one) (union one (cleanSource ./.)) ];
  later = fails (union one { _type = "fileset"; _internalVersion = 99; });
}
