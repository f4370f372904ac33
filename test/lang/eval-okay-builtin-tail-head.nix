[ (builtins.head [ 1 (throw "x") ]) (builtins.tail [ (throw "x") 2 ]) ]
