# Comparators that are no order: the list is what Nix's way of sorting makes of it, in lists that are short, long, and long with runs.
let
  list = n: builtins.genList (i: { k = i * 7919 - i * 7919 / 13 * 13; inherit i; }) n;
  runs = n: builtins.genList (i: { k = if i / 20 - i / 40 * 2 == 0 then i else 40 - i; inherit i; }) n;
  order = f: l: map (e: e.i) (builtins.sort f l);
in map (f: [ (order f (list 9)) (order f (list 16)) (order f (list 17)) (order f (list 40)) (order f (runs 80)) (order f (runs 45)) ])
  [ (a: b: a.k == b.k) (a: b: a.k <= b.k) (a: b: a.k - b.k < 2) (a: b: true) (a: b: false) (a: b: a.k != 3)
    (a: b: a.k < b.k) (a: b: a.k > b.k) ]
