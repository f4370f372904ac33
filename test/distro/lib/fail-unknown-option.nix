let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [
  { options.services.nginx.enable = lib.mkEnableOption "nginx"; options.services.openssh.enable = lib.mkEnableOption "ssh"; }
  { services.ngnix.enable = true; } ]; }).config.services.nginx.enable
