let
  mod1 = { config, ... }: { a = config.b + 1; c = [ 1 ]; };
  mod2 = { config, extra ? 5, ... }: { b = extra; c = [ config.a ]; };
  eval = ms: let
    config = builtins.foldl' (acc: m: let r = m { inherit config; }; in acc // r // { c = (acc.c or [ ]) ++ (r.c or [ ]); }) { } ms;
  in config;
in eval [ mod1 mod2 (_: { d = 1; }) ]
