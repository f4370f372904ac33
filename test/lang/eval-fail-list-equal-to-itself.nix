let l = [ 1 (throw "evaluated") ]; in l == l
