[ (builtins.seq [ (throw "inside") ] 1) (builtins.tryEval (builtins.deepSeq [ (throw "inside") ] 1)).success ]
