let f = x: x; in [ (builtins.isFunction f) 1 (f 2) { a = 1; }.a [ 3 ] "x" (-5) ]
