builtins.toJSON { a = [ 1 2.5 true null "x\n\"é" ]; b = { outPath = "/o"; c = 1; }; d = { __toString = _: "s"; }; e = { };
  f = [ ]; big = 9223372036854775807; }
