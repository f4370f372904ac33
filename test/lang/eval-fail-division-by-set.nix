builtins.div 7 { }
