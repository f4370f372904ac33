let s = { a.b = 1; }; in [ (s.${"a"}.b or 2) (s.${"c"}.b or 2) (s.a."b" or 3) (s.a.b.c or 4) ]
