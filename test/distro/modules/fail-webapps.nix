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
          database.createLocally = true;
          config = {
            dbtype = "pgsql";
            dbpassFile = "/run/password";
          };
        };
        services.httpd = {
          enable = true;
          enablePHP = true;
          mpm = "event";
          virtualHosts.a = {
            addSSL = true;
            onlySSL = true;
            sslServerCert = "/c";
            sslServerKey = "/k";
          };
        };
        services.hydra = {
          enable = true;
          package = pkgs.hello;
          hydraURL = "https://hydra.example.org";
          notificationSender = "a@example.org";
          maxSpareServers = 2;
        };
        services.immich = {
          enable = true;
          package = pkgs.hello;
          machine-learning.enable = false;
          database.host = "db.example.org";
          database.enableVectorChord = false;
          database.enableVectors = false;
        };
        services.paperless = {
          enable = true;
          package = pkgs.hello;
          configureNginx = true;
          domain = null;
        };
        services.zrepl.enable = true;
      }
    )
  ];
}).config.system.build.toplevel
