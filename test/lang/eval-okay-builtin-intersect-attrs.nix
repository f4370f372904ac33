builtins.intersectAttrs { a = throw "not taken"; c = 1; } { a = 1; b = 2; c = { d = 3; }; }
