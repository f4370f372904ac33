let
  f = x: throw "deep";
  inner = f 1;
  outer = { value = inner; };
in outer.value
