let d = derivation { name = "n"; system = "s"; builder = "b"; args = [ "x" ]; };
in [ d.name d.type d.outputName (d.drvPath == d.all or d.drvPath) (builtins.length d.all) (d == d.out) ]
