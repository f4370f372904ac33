({ a = throw "a"; b = 1; } // { a = 2; }).a
