map toString [ 1 1.5 true false null "s" /a/b [ 1 [ 2 [ ] 3 ] ] [ ] { outPath = "/o"; } { __toString = s: s.x; x = "y"; } (-0.0) 1.0e100 ]
