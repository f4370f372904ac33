let map = f: l: "mine"; true = false; toString = x: "t"; in [ (map 1 2) true (toString 5) (builtins.map (x: x) [ 1 ]) ]
