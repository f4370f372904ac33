rec { x = 1; y = x; __overrides = { x = 2; z = 3; }; }
