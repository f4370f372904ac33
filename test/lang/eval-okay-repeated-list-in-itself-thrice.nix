let x = [ x x x ]; in x
