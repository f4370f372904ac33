(derivation { name = "d"; system = "s"; builder = "/bin/sh"; args = [ 1 true null "x" ]; list = [ "a" [ "b" ] ]; n = null;
    f = 1.5; t = true; p = { outPath = "/o"; }; }).drvPath
