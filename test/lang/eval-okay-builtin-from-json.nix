builtins.fromJSON ''{"a": [1, 2.5, -0, 1e2, true, null, "x\u00e9\n\ud83d\ude00"], "b": {"c": {}}, "a b": [], "dup": 1, "dup": 2}''
