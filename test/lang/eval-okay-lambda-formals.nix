let
  f = { a, b ? a + 1, c ? b * 2 }: [ a b c ];
  g = { a, ... }@args: [ a args ];
  h = args@{ a ? 5, ... }: [ a args ];
  i = { }: 1;
  j = { ... }: 2;
  k = { a, b, }: a + b;
in [
  (f { a = 1; }) (f { a = 1; c = 9; }) (f { b = 1; a = 2; c = 3; })
  (g { a = 1; z = 2; }) (h { }) (h { a = 1; b = 2; }) (i { }) (j { q = 1; }) (k { a = 1; b = 2; })
]
