[ ((x: x + 1) 1) ((x: y: x - y) 5 3) ((x: y: z: [ x y z ]) 1 2 3)
  (let f = x: y: z: w: x + y + z + w; g = f 1; h = g 2 3; in [ (h 4) (g 5 6 7) ]) ]
