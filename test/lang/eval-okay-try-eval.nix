[
  (builtins.tryEval 1)
  (builtins.tryEval (throw "x"))
  (builtins.tryEval (assert false; 1))
  (builtins.tryEval <no-such-entry>)
  (builtins.tryEval (let x = throw "y"; in x + 1)).success
  (let t = throw "z"; a = builtins.tryEval t; b = builtins.tryEval t; in [ a b ])
]
