[ (((x: with { y = 2; }; assert true; if true then x + y else 0) 3)) ]
