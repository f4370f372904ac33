let
  drv = derivation { name = "n"; system = "s"; builder = "b"; };
  s = "${drv}/x";
in [
  (builtins.hasContext s) (builtins.hasContext "x") (builtins.hasContext (builtins.substring 0 0 s))
    (builtins.hasContext (builtins.unsafeDiscardStringContext s))
  (builtins.length (builtins.attrNames (builtins.getContext ("a" + s + s)))) (builtins.attrValues (builtins.getContext s))
    (builtins.attrValues (builtins.getContext drv.drvPath))
  (s == builtins.unsafeDiscardStringContext s) ({ ${builtins.unsafeDiscardStringContext "a"} = 1; })
]
