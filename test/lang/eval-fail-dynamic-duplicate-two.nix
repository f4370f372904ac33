let n = "a"; in { ${n} = 1; ${n} = 2; }
