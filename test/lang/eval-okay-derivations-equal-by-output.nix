let d = x: derivation { name = "d"; system = "s"; builder = "b"; } // { inherit x; };
in [ (d 1 == d 2) ({ type = "derivation"; outPath = 1; } == { type = "derivation"; outPath = 1; z = 2; }) ]
