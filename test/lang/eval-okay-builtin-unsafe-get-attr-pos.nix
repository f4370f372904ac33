let s = { a = 1;
  b.c = 2; inherit ({ d = 3; }) d; ${"e"} = 4; }; in
    map (n: let p = builtins.unsafeGetAttrPos n s; in if p == null then null else [ p.line p.column ]) [ "a" "b" "d" "e" "f" ]
