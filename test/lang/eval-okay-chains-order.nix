# What a chain of operators evaluates, and in which order, shows in what is caught.
let
  caught = v: !(builtins.tryEval v).success;
  say = text: v: builtins.trace text v;
in [
  (caught (1 ++ throw "a" ++ [ ]))
  (caught ([ ] ++ 1 ++ throw "a"))
  (caught ([ ] ++ [ ] ++ 1 ++ [ ] ++ throw "a"))
  (caught ({ } // 1 // throw "a"))
  (caught ({ } // throw "a" // { }))
  (caught ("a" + "b" + throw "c" + 1))
  (caught (1 + 2 + throw "c" + "x"))
  ([ 1 ] ++ [ ] ++ [ 2 ] ++ [ ] ++ [ 3 4 ])
  ([ ] ++ [ ] ++ [ ])
  ({ a = 1; b = 1; c = 1; } // { b = 2; } // { c = 3; d = 3; } // { } // { d = 4; })
  ({ } // { } // { })
  ("a" + "b" + "c" + { outPath = "d"; } + "e")
  (1 + 2 + 3.5 + 4)
  (/a + "b" + "/c" + "d")
  ({ outPath = "a"; } + "b" + "c")
  (builtins.attrNames (builtins.getContext ("a" + "${builtins.toFile "f" ""}" + "b" + "${builtins.toFile "g" ""}")))
]
