# A function equals itself only where both sides hold the very same place.
let
  f = x: x;
  s = { inherit f; };
  g = s.f;
  id = x: x;
  mk = { }: { fn = x: x; n = 1; };
  a = mk { };
  b = mk { };
  late = { fn = (id f); };
in [
  (f == f) ([ f ] == [ f ]) (s == { inherit f; }) ([ g ] == [ g ]) ([ g ] == [ f ]) ([ s.f ] == [ s.f ]) ([ s.f ] == [ f ])
  (a == a) (a == b) ([ a ] == [ a ]) ((a // { }) == a) ((a // { n = 1; }) == a) ({ inherit (a) fn n; } == a)
  ([ (id f) ] == [ (id f) ]) (late == late) ({ fn = late.fn; } == late)
  (map id [ f ] == [ f ]) (builtins.filter (x: true) [ f ] == [ f ]) (builtins.seq g ([ g ] == [ f ]))
    ([ builtins.add ] == [ builtins.add ])
  (let p = builtins.add; in [ p ] == [ p ]) (let h = (x: y: x) 1; in [ h ] == [ h ])
]
