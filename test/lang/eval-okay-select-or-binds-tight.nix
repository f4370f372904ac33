let f = x: x + 1; s = { g = f; }; in [ (s.h or f 1) (s.g or f 2) (f s.v or 3) ]
