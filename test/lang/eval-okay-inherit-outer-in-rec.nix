let x = 1; in let y = rec { inherit x; z = x; }; x = 2; in [ y x ]
