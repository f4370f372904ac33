let s = {
  a = 1;
    b.c = 2;
  inherit (s) d;
  ${"e"} = 3;
}; pos = n: v: let p = builtins.unsafeGetAttrPos n v; in if p == null then null else { inherit (p) line column; };
in [ (pos "a" s) (pos "b" s) (pos "c" s.b) (pos "e" s) (pos "a" (s // { x = 1; })) (pos "a" ({ a = 2; } // s)) (pos "zz" s)
  (pos "a" (removeAttrs s [ "b" ])) ]
