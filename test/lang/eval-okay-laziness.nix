let
  x = throw "never";
  y = [ (throw "never") 2 ];
  z = { a = throw "never"; b = 3; };
in [ (builtins.elemAt y 1) z.b (builtins.length y) ((a: b: b) x 4) ((builtins.head [ 5 x ])) ]
