let s = { a = 1; b = [ 2 ]; self = s; }; in [ (builtins.deepSeq s "done") (builtins.seq [ (throw "no") ] 1) ]
