# What is compared with itself is evaluated one level deep, below which the same value is the same.
let
  s = { a.b = throw "deep"; f = x: x; l = [ (throw "deep") ]; };
  l = [ s.a (x: x) s ];
  d = derivation { name = throw "name"; system = "s"; builder = "b"; };
  nan = inf - inf;
  inf = 1.0e308 * 10;
in [ (s == s) (l == l) ([ d ] == [ d ]) ([ nan ] == [ nan ]) (null == null) (true == true) (builtins == builtins) ]
