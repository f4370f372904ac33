let n = "b"; in rec { a = 1; ${n} = a + 1; "${n}c" = a + 2; ${null} = throw "no"; }
