builtins.concatMap (x: if x > 1 then [ x x ] else [ ]) [ 1 2 3 ]
