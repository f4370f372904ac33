let x = 1; in rec { y = x; inherit x; z = { x = 5; w = x; }; q = rec { x = 6; w = x; }; }
