builtins.head (map 1 [ 2 ])
