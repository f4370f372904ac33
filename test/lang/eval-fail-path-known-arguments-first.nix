builtins.path { recursive = 1; other = 1; }
