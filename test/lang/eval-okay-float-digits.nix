# The digits of Grisu2 are not always the shortest.
map builtins.toJSON [ (1.0e10 - 1.0e19) (9007199254740993.0 / (3.0e-5 - 1)) 0.1 0.5 1.0e23 1.7976931348623157e308
  123456789.125 (1.0 / 3) 1.0e15 1.0e14 1.0e-4 1.0e-5 ]
