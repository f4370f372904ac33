let { f = { } + 1; body = builtins.elem f [ f ]; }
