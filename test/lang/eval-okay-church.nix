let
  zero = f: x: x; succ = n: f: x: f (n f x); add = m: n: f: x: m f (n f x); mul = m: n: f: m (n f);
  int = n: n (x: x + 1) 0; two = succ (succ zero); three = succ two;
in [ (int (add two three)) (int (mul three three)) (int (mul two (add two three))) ]
