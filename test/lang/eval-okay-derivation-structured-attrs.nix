(derivation { name = "d"; system = "s"; builder = "b"; __structuredAttrs = true; a = { b = [ 1 2.5 null true "x" ]; };
    outputs = [ "out" "lib" ]; }).drvPath
