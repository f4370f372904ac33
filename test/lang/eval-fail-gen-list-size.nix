builtins.genList (x: x) (0 - 9007199254740993)
