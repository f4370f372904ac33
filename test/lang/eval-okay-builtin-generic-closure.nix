builtins.genericClosure { startSet = [ { key = 1; from = 0; } ];
  operator = { key, ... }: if key > 20 then [ ] else map (n: { key = n; from = key; }) [ (key * 2) (key + 7) ]; }
