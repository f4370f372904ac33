let d = derivation { name = "d"; system = "s"; builder = "b"; }; f = builtins.addDrvOutputDependencies; in
  map builtins.getContext [ (f (builtins.unsafeDiscardOutputDependency d.drvPath)) (f d.drvPath) ]
