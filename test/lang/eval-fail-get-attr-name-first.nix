builtins.getAttr 1 (throw "set")
