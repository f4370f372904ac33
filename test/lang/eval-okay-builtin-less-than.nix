[ (builtins.lessThan 1 2) (builtins.lessThan "b" "a") (builtins.lessThan [ 1 2 ] [ 1 3 ]) (builtins.lessThan /a /b)
  (builtins.lessThan 1.5 1) ]
