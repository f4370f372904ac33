rec { a = 1; s = { b = 2; c = 3; }; d = with s; a + b + c; }
