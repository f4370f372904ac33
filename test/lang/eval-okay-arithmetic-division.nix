# Integer division goes towards zero.
[ (7 / 2) (-7 / 2) (7 / -2) (-7 / -2) (7.0 / 2) (1 / 3.0) ]
