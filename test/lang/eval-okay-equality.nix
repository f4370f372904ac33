let f = x: x; in [
  (1 == 1) (1 == "1") ([ 1 2 ] == [ 1 2 ]) ({ a = 1; } == { a = 1; }) ({ a = 1; } == { a = 1; b = 2; })
  (f == f) ([ f ] == [ f ]) ({ inherit f; } == { inherit f; }) (null == null) (null == false)
  ("a" != "b") ({ } == { }) ([ ] == { }) (/a == "/a") (/a == /a)
  ({ type = "derivation"; outPath = "x"; a = 1; } == { type = "derivation"; outPath = "x"; a = 2; })
]
