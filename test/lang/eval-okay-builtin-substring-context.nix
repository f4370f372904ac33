let d = derivation { name = "d"; system = "s"; builder = "b"; };
in [ (builtins.hasContext (builtins.substring 0 0 "${d}")) (builtins.hasContext (builtins.substring 3 2 "${d}")) ]
