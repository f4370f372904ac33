let a.b = 1; a.c = a.b + 1; "q r" = 3; in [ a (let x.y.z = 1; x.y.w = 2; in x) ]
