let f = x: { a = x.b; b = x.a; }; r = f r; in r.a
