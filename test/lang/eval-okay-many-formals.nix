({ a, b, c, d, e, f ? a + b, g ? { inherit a b c; }, h ? [ f ], ... }@args: [ a b c d e f g h (builtins.attrNames args) ])
  { a = 1; b = 2; c = 3; d = 4; e = 5; z = 6; }
