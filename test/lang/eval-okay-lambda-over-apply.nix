let f = a: if a == 0 then (b: c: b + c) else f (a - 1); in f 3 10 20
