[ (builtins.functionArgs ({ a, b ? 1, ... }: a)) (builtins.functionArgs (x: x)) (builtins.functionArgs (x: { y }: y))
  (builtins.functionArgs ({ }: 1)) ]
