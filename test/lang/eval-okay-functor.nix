let
  add = { __functor = self: x: self.n + x; n = 10; };
  twice = { __functor = self: f: x: f (f x); };
  chain = { __functor = self: x: if x == 0 then (y: y * 100) else self (x - 1); };
in [ (add 5) (twice add 1) ((add // { n = 1; }) 1) (map add [ 1 2 ]) (chain 3 4) ]
