# Lists are told apart by the place that holds them, sets by themselves.
[
  (let x = [ x ]; in x)
  (let x = [ x x x ]; in x)
  (let x = [ 1 ]; in [ x x ])
  (let x = [ 1 ]; y = if true then x else x; in { a = x; b = (z: z) x; c = y; d = [ 1 ]; e = x; })
  (rec { x = [ 1 ]; s = { inherit x; }; t = s.x; u = { inherit (s) x; }; })
  (let s = { l = [ 1 ]; }; in [ s.l s.l s.l (s.l) (with s; l) (with s; [ l l ]) ])
  (let f = { l ? [ 1 ], m ? l }: [ l m l ]; in [ (f {}) (f { l = [ 2 ]; }) ])
  (let x = { }; y = { }; in [ x y x { } (x // y) ])
  (let x = [ ]; in [ x x [ ] ])
  (let x = { a = x; b = [ x ]; }; in x)
  (let a = [ b ]; b = [ a ]; in [ a b ])
  (let x = [ (x: x) ]; in [ x x ])
  (let x = [ 1 ]; in map (i: [ x x ]) [ 1 2 ])
  (let x = [ 1 ]; in [ { a = x; } { a = x; } ])
  (let x = [ 1 ]; f = a: b: [ a b ]; g = f x; in [ (f x x) (g x) ])
  (let x.y = [ 1 ]; in { inherit (x) y; z = x.y or 1; w = x.q or x.y; })
]
