[ (builtins.elem 1.0 [ 1 ]) (builtins.elem "a" [ "b" ]) (builtins.elem { } [ { } ]) (builtins.elem null [ ]) ]
