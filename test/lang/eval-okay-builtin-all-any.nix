[ (builtins.all (x: x < 3) [ 1 2 ]) (builtins.all (x: x < 2) [ 1 2 (throw "not reached") ])
  (builtins.any (x: x > 1) [ 1 2 (throw "not reached") ]) (builtins.any (x: x) [ ]) ]
