builtins.appendContext "x" { "not-a-path" = { path = true; }; }
