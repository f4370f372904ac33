let d = derivation { name = "d"; system = "s"; builder = "b"; };
in [ ("${d}" == builtins.unsafeDiscardStringContext "${d}")
  ({ ${builtins.unsafeDiscardStringContext "${d}"} = 1; } ? ${builtins.unsafeDiscardStringContext "${d}"}) ]
