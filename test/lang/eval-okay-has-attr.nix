let s = { a.b.c = 1; "x y" = 2; n = null; }; in [
  (s ? a) (s ? a.b) (s ? a.b.c) (s ? a.b.c.d) (s ? z) (s ? z.y) (s ? "x y") (s ? ${"a"}) (s ? a.${"b"}) (1 ? a) (s ? n) (s ? n.m)
]
