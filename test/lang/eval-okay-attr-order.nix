# Sets are printed in the order of bytes.
{ b = 1; a = 2; B = 3; A = 4; _ = 5; "0" = 6; aa = 7; a' = 8; a-b = 9; "é" = 10; }
