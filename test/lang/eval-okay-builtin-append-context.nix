let s = builtins.appendContext "x" {
  "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-a.drv" = { outputs = [ "out" "dev" ]; allOutputs = true; };
  "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-b".path = true; }; in [ s (builtins.getContext s) ]
