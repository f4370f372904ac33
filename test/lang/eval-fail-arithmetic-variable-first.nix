let first = throw "first"; in builtins.sub first (throw "second")
