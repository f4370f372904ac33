let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [
  { options.services.x.enable = lib.mkEnableOption "x"; options.services.y = lib.mkOption { }; }
  { services = true; } ]; }).config.services.x.enable
