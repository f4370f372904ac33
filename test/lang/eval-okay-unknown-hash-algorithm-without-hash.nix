(derivation { name = "a"; system = "s"; builder = "b"; outputHashAlgo = "one"; }).outPath
