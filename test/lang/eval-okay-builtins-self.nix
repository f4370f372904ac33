[ (builtins.builtins.builtins.add 1 2) (builtins.typeOf builtins) ]
