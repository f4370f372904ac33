# A value of nginx.conf that would end its directive.
let
  system = import ../options/system.inc {
    modules = [ {
      fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
      services.nginx = {
        enable = true;
        virtualHosts."example.org".locations."/".return = "200 short; } server { listen 81;";
      };
    } ];
  };
in
system.config.environment.etc."nginx/nginx.conf".source.drvPath
