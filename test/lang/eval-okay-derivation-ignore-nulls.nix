(derivation { name = "d"; system = "s"; builder = "b"; __ignoreNulls = true; n = null; }).drvPath
  == (derivation { name = "d"; system = "s"; builder = "b"; __ignoreNulls = true; }).drvPath
