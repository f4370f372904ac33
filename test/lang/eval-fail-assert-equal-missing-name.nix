assert { a = 1; b = 3; } == { a = 1; }; 1
