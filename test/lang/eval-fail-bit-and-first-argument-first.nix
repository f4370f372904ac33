builtins.bitAnd "" (throw "second")
