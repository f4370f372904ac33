builtins.readFile ./nothing-here
