let n = "x"; in { a.${n} = 1; a.y = 2; b."${n}".z = 3; ${n}.w = 4; }
