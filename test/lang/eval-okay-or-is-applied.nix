# `f or` is an old way to apply f to a variable named or.
let inherit ({ or = 5; }) or; f = x: x * 2; in [ (f or) ]
