let a = 1; s = { a = 2; b = 3; }; in [
  (with s; a) (with s; b) (with { b = 4; }; with s; b) (with s; with { b = 5; }; b)
  (with s; let b = 6; in b) (with s; { b = 7; }.b) (with s; rec { c = b; b = 8; }) (with s; (b: b) 9)
]
