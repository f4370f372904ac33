let first = throw "first"; in builtins.lessThan first (throw "second")
