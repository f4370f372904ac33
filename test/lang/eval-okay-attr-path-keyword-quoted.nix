{ "if" = 1; "rec".a = 2; }."rec".a
