let a = 1x; in a
