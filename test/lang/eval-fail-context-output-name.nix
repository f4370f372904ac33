builtins.match (derivation { name = "d"; system = "s"; builder = "b"; }).outPath "a"
