(derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "é" ]; }).drvPath
