let s = { a = true; }; in [ (s ? a && s.a) (s ? b || true) (! s ? b) (s ? a == true) ]
