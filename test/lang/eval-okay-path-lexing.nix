# A slash between names makes a path, also where a division was meant.
let a = 6; b = 2; in [ (builtins.typeOf (a/b)) (a / b) ]
