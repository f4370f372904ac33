let
  lib = import ../../../distro/lib;
  system =
    modules:
    import ../options/system.inc {
      modules = [
        {
          fileSystems."/" = {
            device = "/dev/vda";
            fsType = "ext4";
          };
          system.stateVersion = "25.11";
        }
      ] ++ modules;
    };
  inherit (system [
    (
      { pkgs, ... }:
      {
        services.nextcloud = {
          enable = true;
          package = pkgs.writeTextDir "occ" "" // {
            name = "nextcloud";
          };
          hostName = "cloud.example.org";
          config = {
            dbtype = "pgsql";
            adminpassFile = "/run/secrets/admin";
          };
          database.createLocally = true;
          phpOptions."opcache.revalidate_freq" = "5";
          secrets.mail_smtppassword = "/run/secrets/mail";
          settings.mail_smtphost = "smtp.example.org";
        };
        services.httpd = {
          enable = true;
          virtualHosts."www.example.org" = {
            forceSSL = true;
            enableACME = true;
            documentRoot = "/var/www";
            serverAliases = [ "example.org" ];
            locations."/app" = {
              proxyPass = "http://localhost:3000/";
              extraConfig = "Require all granted";
            };
          };
        };
        security.acme = {
          acceptTerms = true;
          defaults.email = "admin@example.org";
        };
        services.paperless = {
          enable = true;
          package = pkgs.writeTextDir "bin/paperless-ngx" "" // {
            version = "2.0";
          };
          database.createLocally = true;
          settings.PAPERLESS_CONSUMER_IGNORE_PATTERN = [ "*.tmp" ];
        };
        virtualisation.libvirtd = {
          enable = true;
          allowedBridges = [ "br0" ];
          onShutdown = "shutdown";
        };
        services.cloud-init.enable = true;
      }
    )
  ])
    config
    ;
  inherit (config.environment) etc;
  inherit (config.systemd) services;
in
{
  nextcloud = {
    setup = { inherit (services.nextcloud-setup.serviceConfig) LoadCredential User; };
    databases = config.services.postgresql.ensureDatabases;
    inherit (config.services.phpfpm.pools.nextcloud) phpOptions;
  };
  # After what each configuration begins with.
  httpd = lib.drop 60 (
    lib.splitString "\n" (
      import ../../../distro/nixos/modules/services/web-servers/apache-httpd/config-file.nix {
        inherit lib config;
        pkgs = { };
        cfg = config.services.httpd;
        checking = false;
      }
    )
  );
  apache = services.httpd.serviceConfig;
  paperless = {
    inherit (services.paperless-web) environment;
    queue = services.paperless-task-queue.serviceConfig.SystemCallFilter;
  };
  libvirtd = {
    qemu = etc."libvirt/qemu.conf".text;
    bridges = etc."qemu/bridge.conf".text;
    guests = etc."default/libvirt-guests".text;
    wrapper = config.security.wrappers.qemu-bridge-helper.source;
    group = config.systemd.sockets.libvirtd.socketConfig.SocketGroup;
  };
  cloud-init = { inherit (services.cloud-init) after before wants; };
}
