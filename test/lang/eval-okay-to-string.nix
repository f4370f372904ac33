[ (toString 1) (toString 1.5) (toString true) (toString false) (toString null) (toString [ 1 "a" [ 2 3 ] ]) (toString /a/b)
  (toString (-3)) (toString 1.0e10) (toString "x") (toString [ ]) (toString [ [ ] [ ] ]) ]
