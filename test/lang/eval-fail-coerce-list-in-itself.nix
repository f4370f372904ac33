let x = [ x ]; in builtins.stringLength x
