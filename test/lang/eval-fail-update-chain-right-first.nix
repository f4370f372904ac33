(builtins.tryEval (throw "a" // { } // 1)).success
