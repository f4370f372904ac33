# Arithmetic and comparison go through names that a program may define.
let __sub = a: b: "sub"; __mul = a: b: "mul"; __div = a: b: "div"; __lessThan = a: b: true; in
[ (1 - 2) (1 * 2) (1 / 2) (1 < 2) (1 > 2) (1 <= 2) (1 >= 2) (-1) (1 + 2) ]
