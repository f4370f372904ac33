let inherit (t) x y; t = { x = 1; y = 2; z = x + y; }; in [ x y t.z ]
