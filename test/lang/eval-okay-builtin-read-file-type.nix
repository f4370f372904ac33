[ (builtins.readFileType ./dir) (builtins.readFileType ./broken.inc) (builtins.readDir ./dir) ]
