builtins.foldl' (a: b: 5) 0 [ (throw "x") (throw "y") ]
