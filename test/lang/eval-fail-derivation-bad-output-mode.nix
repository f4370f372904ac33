(derivation { name = "a"; system = "s"; builder = "b"; outputHashMode = "round"; }).drvPath
