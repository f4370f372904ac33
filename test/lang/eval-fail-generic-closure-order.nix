builtins.genericClosure { startSet = [ { key = { }; } { key = 1; } ]; operator = x: [ ]; }
