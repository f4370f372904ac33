builtins.elemAt (throw "list") 0
