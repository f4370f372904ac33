[ ((x: x: x) 1 2) ((x: y: x: [ x y ]) 1 2 3) ((x: let x = 5; in x) 1) ]
