let n = "x"; in { a.${n}.b = 1; "${n}y".z = 2; ${n + "q"} = 3; }
