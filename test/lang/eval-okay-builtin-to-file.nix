let f = builtins.toFile "name" "text"; in [ f (builtins.getContext f) ]
