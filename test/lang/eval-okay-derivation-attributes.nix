let d = derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; x = 1; };
in { inherit (d) type name outputName drvPath outPath; dev = d.dev.outPath; all = map (o: o.outputName) d.all; args = d.drvAttrs; }
