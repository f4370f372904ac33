let f = a: let b = a * 2; in c: d: [ a b c d ]; in [ (f 1 2 3) (map (f 1 2) [ 5 6 ]) ]
