[ (builtins.bitAnd 12 10) (builtins.bitOr 12 10) (builtins.bitXor 12 10) (builtins.bitAnd (-1) 4294967295)
  (builtins.bitXor (-1) 9223372036854775807) (builtins.bitOr 9223372036854775807 (-9223372036854775807)) ]
