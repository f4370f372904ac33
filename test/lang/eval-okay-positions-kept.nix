# Which builtins keep the places of the attributes that they pass on.
let
  at = name: set: let place = builtins.unsafeGetAttrPos name set; in if place == null then null else place.line;
  one = { a = 1; };
in [
  (at "a" (builtins.mapAttrs (n: v: v) one)) (at "a" (builtins.intersectAttrs one one)) (at "a" (removeAttrs one [ "b" ]))
    (at "a" (one // { b = 1; }))
  (at "a" (builtins.zipAttrsWith (n: v: v) [ one ])) (at "a" (builtins.functionArgs ({ a ? 1 }: a)))
    (at "a" (builtins.groupBy (x: x) [ "a" ]))
  (at "a" { inherit (one) a; }) (at "a" { ${"a"} = 1; }) (at "value" (builtins.tryEval 1))
    (at "a" (builtins.listToAttrs [ { name = "a"; value = 1; } ]))
]
