builtins.toFile "日本" ""
