rec {
  a = b + 1;
  b = 2;
  c = rec { a = 10; d = a + b; };
  e.f = a;
  "g h" = e.f;
  i = let a = 100; in a + b;
}
