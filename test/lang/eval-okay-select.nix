let s = { a.b.c = 1; "x y".z = 2; f = { g = 3; }; }; k = "b"; in [
  s.a.b.c s."x y".z s.a.${k}.c s.${"f"}.g s.a."${k}".c (s.q or 5) (s.a.q.r or 6) (s.a.b.c or 7) (s.a.b.c.d or 8) (s.q or s.f.g)
]
