let
  one = { two = two; };
  two = [ three ];
  three = four + 1;
  four = five;
  five = "x" - 1;
in builtins.elemAt one.two 0
