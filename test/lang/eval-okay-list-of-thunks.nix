let xs = [ (1 + 1) (let y = 3; in y) ((z: z) 4) ]; in [ xs (builtins.elemAt xs 1) (map (x: x * 2) xs) ]
