builtins.mapAttrs (n: v: "${n}=${toString v}") { a = 1; b = "x"; c = [ 1 2 ]; }
