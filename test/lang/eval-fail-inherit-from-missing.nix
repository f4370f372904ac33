let s = { a = 1; }; inherit (s) b; in b
