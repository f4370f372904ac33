[ (builtins.pathExists ./dir) (builtins.pathExists ./nothing) (builtins.pathExists (toString ./dir + "/"))
  (builtins.pathExists ./broken.inc) (builtins.pathExists (toString ./broken.inc + "/")) ]
