rec { a = { x = b; }; b = a.x; }.b
