let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.services.nginx.enable = lib.mkEnableOption "nginx"; } { services.nginx = { enable = true;
  workers = 4; }; } ]; }).config.services.nginx.enable
