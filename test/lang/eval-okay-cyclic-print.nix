let s = { a = 1; self = s; }; l = [ 1 { inherit s; } ]; in l
