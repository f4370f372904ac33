map (s: with s; with { z = 9; }; [ x (if s ? y then y else z) ]) [ { x = 1; } { x = 2; y = 3; } { y = 4; x = 5; } { x = 6; } ]
