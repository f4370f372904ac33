let a = 1; s = { b = 2; c.d = 3; "e f" = 4; }; in {
  inherit a;
  inherit (s) b "e f";
  inherit (s.c) d;
  inherit;
  inherit (throw "never");
  r = rec { inherit a; inherit (s) b c; x = a + b + c.d; };
  l = let inherit (s) b; inherit a; in a + b;
}
