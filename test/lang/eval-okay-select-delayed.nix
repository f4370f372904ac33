let
  s = { a = 1; t.u = 2; lazy = throw "not now"; late = 1 + 1; };
  force = builtins.deepSeq s.a;
in [ (builtins.length [ s.lazy s.missing s.a.b ]) [ s.a s.t.u s.late ] (force [ s.a s.t s.late ]) ]
