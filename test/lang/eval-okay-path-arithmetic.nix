[ (/a + "b") (/a + "/b") (/a + /b) (/a/b + "/../c") ("x" + toString /a) (/. + "a") ]
