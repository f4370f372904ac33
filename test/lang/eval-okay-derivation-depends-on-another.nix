let a = derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "x" "y" ]; };
in (derivation { name = "b"; system = "s"; builder = "${a.y}/bin/b"; }).drvPath
