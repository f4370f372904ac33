# Servers of the web: the text of nginx.conf, and the units of nginx and of certificates.
let
  system = import ../options/system.inc { modules = [ {
    fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
    system.stateVersion = "25.11";
    services.nginx = {
      enable = true;
      recommendedOptimisation = true;
      recommendedTlsSettings = true;
      recommendedProxySettings = true;
      validateConfigFile = false;
      resolver = { addresses = [ "[::1]" ]; valid = "30s"; ipv6 = false; };
      upstreams.app = { servers = { "10.0.0.1:80" = { weight = 2; }; "10.0.0.2:80" = { backup = true; }; }; extraConfig = "keepalive 4;"; };
      proxyCachePath.pages = { enable = true; maxSize = "2g"; };
      commonServerConfig = "charset utf-8;";
      streamConfig = "server { listen 53 udp; proxy_pass 10.0.0.1:53; }";
      virtualHosts = {
        "example.org" = {
          default = true;
          forceSSL = true;
          enableACME = true;
          serverAliases = [ "www.example.org" ];
          redirectCode = 308;
          root = "/var/www";
          basicAuthFile = "/run/users";
          locations."/".tryFiles = "$uri /index.html";
          locations."/app".proxyPass = "http://app";
          locations."/socket" = {
            priority = 10;
            proxyPass = "http://app";
            proxyWebsockets = true;
            recommendedProxySettings = false;
          };
          locations."~ \\.php$".fastcgiParams.SCRIPT_NAME = "x";
          extraConfig = "error_page 404 /404.html;";
        };
        other = { onlySSL = true; useACMEHost = "dns"; quic = true; http2 = false; listenAddresses = [ "10.0.0.9" ]; };
        sockets.listen = [
          { addr = "unix:/run/web.sock"; }
          { addr = "127.0.0.1"; port = 8080; proxyProtocol = true; extraParameters = [ "backlog=9" ]; }
        ];
      };
    };
    # Its file is made by a builder that real Nix does not have.
    services.logrotate.enable = false;
    security.acme = {
      acceptTerms = true;
      defaults = { email = "admin@example.org"; server = "https://acme.example.org/dir"; };
      certs.dns = {
        domain = "*.example.org";
        group = "nginx";
        dnsProvider = "rfc2136";
        credentialFiles.KEY_FILE = "/run/key";
        postRun = "echo new";
      };
    };
  } ]; };
  inherit (system) config;
  # The other servers with certificates, in the same way.
  others = (import ../options/system.inc { modules = [ {
    fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
    system.stateVersion = "25.11";
    services.logrotate.enable = false;
    security.acme = {
      acceptTerms = true;
      defaults.email = "admin@example.org";
      certs.dns = { domain = "*.example.org"; dnsProvider = "rfc2136"; };
    };
    services.httpd = {
      enable = true;
      adminAddr = "web@example.org";
      virtualHosts = {
        "example.org" = { enableACME = true; onlySSL = true; serverAliases = [ "www.example.org" ]; };
        "a.example.org" = { useACMEHost = "dns"; onlySSL = true; };
        "b.example.org" = { useACMEHost = "dns"; onlySSL = true; };
      };
    };
    services.caddy = { enable = true; virtualHosts."c.example.org".useACMEHost = "dns"; };
  } ]; }).config;
  lib = import ../../../distro/lib;
  withoutPaths = builtins.replaceStrings [ builtins.storeDir ] [ "STORE" ];
  # Hashes of store paths are not what this is about.
  clean =
    text:
    lib.concatStrings (
      builtins.filter builtins.isString (
        builtins.split "STORE/[0-9a-z]{32}-" (withoutPaths (builtins.unsafeDiscardStringContext text))
      )
    );
  # The text of a file that pkgs.writeText makes.
  textOf = file: (lib.head file.drvAttrs.entries).text;
  unit = name: clean config.systemd.units.${name}.text;
in
{
  nginx = lib.splitString "\n" (clean (textOf config.environment.etc."nginx/nginx.conf".source));
  units = builtins.filter (lib.hasInfix "acme") (lib.attrNames config.systemd.units);
  order = lib.splitString "\n" (unit "acme-order-renew-dns.service");
  inherit (config.systemd.services.nginx) after before wants;
  certs = lib.mapAttrs (_: it: {
    inherit (it) email group extraDomainNames reloadServices webroot dnsProvider;
  }) others.security.acme.certs;
  services = lib.genAttrs [ "httpd" "httpd-config-reload" "caddy" ] (name: {
    inherit (others.systemd.services.${name}) after before wants;
  });
  reload = lib.splitString "\n" (clean others.systemd.units."httpd-config-reload.service".text);
  checked = lib.checkAssertWarn config.assertions [ ] "all assertions hold";
}
