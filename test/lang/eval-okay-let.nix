let a = 1; b = a + 1; c = d * 2; d = b; in let a = 10; e = a + c; in [ a b c d e ]
