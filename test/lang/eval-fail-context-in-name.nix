let d = derivation { name = "n"; system = "s"; builder = "b"; }; in { ${d.drvPath} = 1; }
