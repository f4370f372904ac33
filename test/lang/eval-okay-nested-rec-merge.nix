rec { a = rec { x = y; y = 1; }; a.z = 2; b = a.x + a.z; }
