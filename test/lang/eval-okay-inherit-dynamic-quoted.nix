let a = 1; s = { "x y" = 2; }; in { inherit a; inherit (s) "x y"; }
