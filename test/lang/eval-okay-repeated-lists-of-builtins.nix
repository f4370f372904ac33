# What builtins take over from their arguments is the same value, what they compute is another.
[
  (let x = [ 1 ]; in [ x (builtins.tryEval x) (builtins.tryEval x).value ])
  (let l = [ [ 1 ] [ 2 ] ]; in [ l (builtins.head l) (builtins.head l) (builtins.elemAt l 1) (map (a: a) l) (builtins.filter (a: true) l) (builtins.sort (a: b: false) l) (l ++ l) (l ++ []) ])
  (let l = [ [ 1 ] ]; s = { a = l; b = l; }; in [ (builtins.attrValues s) (builtins.catAttrs "a" [ s s ]) (s // { c = l; }) (builtins.mapAttrs (n: v: v) s) (builtins.listToAttrs [ { name = "x"; value = l; } ]) ])
  (builtins.foldl' (a: b: [ a a b ]) [] [ [ 1 ] [ 2 ] ])
  (let g = builtins.groupBy (x: "a") [ [ 1 ] [ 1 ] ]; in [ g g.a g.a ])
  (let z = builtins.zipAttrsWith (n: vs: vs) [ { a = [ 1 ]; } { a = [ 1 ]; } ]; in [ z z.a ])
  (builtins.seq 1 (let x = [ 1 ]; in [ x (builtins.seq 1 x) (builtins.deepSeq x x) ]))
  (let j = builtins.fromJSON "[[1],[1]]"; in [ j j (builtins.head j) ])
  (let x = [ 1 ]; in builtins.genList (i: x) 3)
  (let l = builtins.genericClosure { startSet = [ { key = 1; v = [ 1 ]; } ]; operator = e: [ { key = 2; inherit (e) v; } ]; }; in l)
  (let x = [ 1 ]; in "${builtins.toJSON [ x x ]}")
  (let x = [ 1 2 ]; in [ (builtins.concatLists [ x [] ]) (builtins.concatLists [ x ]) x (builtins.concatMap (a: x) [ 1 ]) ])
  (let x = [ "a" ]; in builtins.removeAttrs { a = 1; b = x; c = x; } x)
  (let x = [ 1 ]; in builtins.intersectAttrs { a = 1; b = 1; } { a = x; b = x; })
  (let x = [ [ 1 ] ]; in [ x (builtins.tail (x ++ x)) ])
]
