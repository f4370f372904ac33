(import ../options/system.inc {
  modules = [
    (
      { pkgs, ... }:
      {
        fileSystems."/" = {
          device = "/dev/vda";
          fsType = "ext4";
        };
        system.stateVersion = "25.11";
        services.nextcloud = {
          enable = true;
          package = pkgs.hello;
          hostName = "cloud.example.org";
          config = {
            dbtype = "sqlite";
            adminpassFile = "/run/password";
          };
          phpOptions.x = "1\nauto_prepend_file = /evil";
        };
      }
    )
  ];
}).config.system.build.toplevel
