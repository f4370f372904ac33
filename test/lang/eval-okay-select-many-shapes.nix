map (s: [ (s.a or 0) (s ? b) (s.c.d or "none") ]) [ { a = 1; } { b = 2; } { a = 3; b = 4; } { c.d = 5; } { c = 1; } { } { a = 6; } ]
