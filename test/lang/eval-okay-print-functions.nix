{ f = x: x; p = builtins.add; q = builtins.add 1; t = toString; l = [ (x: x) ]; }
