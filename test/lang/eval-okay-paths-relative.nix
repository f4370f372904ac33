[ (baseNameOf ./a/b) (baseNameOf (dirOf ./a/b)) (baseNameOf ../lang/x) (builtins.substring 0 1 (toString ./x)) ]
