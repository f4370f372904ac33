let a = { x.y = 1; z = 2; }; in assert a == { x.y = 2; z = 2; }; 1
