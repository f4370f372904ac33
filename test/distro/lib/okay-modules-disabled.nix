{ lib ? import ../../../distro/lib }:
with lib;
let
  o = mkOption { type = types.listOf types.str; default = [ ]; };
  eval = modules: (evalModules { modules = [ { options.x = o; } ] ++ modules; specialArgs.modulesPath = ./.; }).config.x;
  some = ./sets-x.inc;
in
map (concatStringsSep " ") [
  (eval [ some ])
  (eval [ some some ])
  (eval [ some { disabledModules = [ some ]; } ])
  (eval [ some { disabledModules = [ "sets-x.inc" ]; } ])
  (eval [ { imports = [ some ]; } { imports = [ { disabledModules = [ some ]; } ]; x = [ "other" ]; } ])
]
