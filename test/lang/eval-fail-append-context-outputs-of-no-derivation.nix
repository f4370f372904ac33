builtins.appendContext "x" { "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x".outputs = [ "out" ]; }
