let l = [ 1 ] ++ l; in builtins.elemAt (let x = { y = x; z = 5; }; in [ x.y.y.y.y.z ]) 0
