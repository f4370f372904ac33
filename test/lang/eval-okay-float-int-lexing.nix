# `1.` is a float, `1.e` is a float times nothing: the selection needs parentheses.
let a = { b = 1; }; in [ 1.5 (a.b) 0.5 00 007 ]
