let s = { x = [ s ]; }; in s.x
