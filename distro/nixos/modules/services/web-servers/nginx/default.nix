# nginx: its configuration from options, checked while the system is built, and its units.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf;
  cfg = config.services.nginx;
  inherit (config.security.acme) certs;
  acmeHosts = import ../../../../lib/acme-hosts.nix { inherit config lib; };

  # Virtual hosts with their names, and those with a certificate of ACME with its files.
  hosts = lib.mapAttrs (
    name: host:
    let
      serverName = if host.serverName != null then host.serverName else name;
      certName = acmeHosts.certNameOf serverName host;
      inherit (certs.${certName}) directory;
    in
    host
    // {
      inherit certName serverName;
    }
    // lib.optionalAttrs (certName != null) {
      sslCertificate = "${directory}/fullchain.pem";
      sslCertificateKey = "${directory}/key.pem";
      sslTrustedCertificate =
        if host.sslTrustedCertificate != null then
          host.sslTrustedCertificate
        else
          "${directory}/chain.pem";
    }
  ) cfg.virtualHosts;
  acme = acmeHosts.wiringOf {
    service = "nginx.service";
    inherit (cfg) group;
    hosts = map (host: host // { hostName = host.serverName; }) (lib.attrValues hosts);
  };

  text = import ./config-file.nix {
    inherit lib pkgs cfg hosts;
    isProvedHere = name: certs.${name}.dnsProvider == null;
  };
  configFile =
    if cfg.validateConfigFile then
      import ./check.nix {
        inherit pkgs;
        inherit (cfg) package;
        modules = cfg.package.modules or [ ] ++ [ pkgs.nginxModules.stream ];
      } text
    else
      pkgs.writeText "nginx.conf" text;
  command = "${cfg.package}/bin/nginx -c ${if cfg.enableReload then "/etc/nginx/nginx.conf" else configFile}";

  host = name: "services.nginx.virtualHosts.${lib.strings.escapeNixIdentifier name}";
  # An assertion on each virtual host.
  forHosts =
    holds: message:
    lib.mapAttrsToList (name: it: {
      assertion = holds it;
      message = "${host name}: ${message}";
    }) hosts;
  one = conditions: lib.count lib.id conditions <= 1;
  hasPlainListener =
    it:
    let
      plain = lib.any (at: !(at.proxyProtocol or false));
    in
    if it.listen != [ ] then
      plain it.listen
    else if cfg.defaultListen != [ ] then
      plain cfg.defaultListen
    else
      it.listenAddresses != [ ] || cfg.defaultListenAddresses != [ ];
  logRotation = lib.optionalAttrs (options.services ? logrotate) {
    services.logrotate.settings.nginx = lib.mapAttrs (_: lib.mkDefault) {
      files = [ "/var/log/nginx/*.log" ];
      frequency = "weekly";
      su = "${cfg.user} ${cfg.group}";
      rotate = 26;
      compress = true;
      delaycompress = true;
      postrotate = "[ ! -f /run/nginx/nginx.pid ] || kill -USR1 $(cat /run/nginx/nginx.pid)";
    };
  };
in
{
  imports = [ ./options.nix ];

  config = mkIf cfg.enable (
    lib.mkMerge [
      logRotation
      {
        assertions =
          forHosts (
            it: lib.all (at: at.root == null || at.alias == null) (lib.attrValues it.locations)
          ) "a location has both `root' and `alias'. Remove one of them."
          ++ forHosts
            (
              it:
              lib.all (at: at.proxyPass == null || at.uwsgiPass == null) (
                lib.attrValues it.locations
              )
            )
            "a location has both `proxyPass' and `uwsgiPass'. Remove one of them."
          ++ forHosts
            (it: one [ it.addSSL it.onlySSL it.forceSSL it.rejectSSL ])
            "addSSL, onlySSL, forceSSL and rejectSSL exclude each other. Set one of them."
          ++ forHosts (
            it: !(it.enableACME && it.useACMEHost != null)
          ) "enableACME and useACMEHost exclude each other. Remove one of them."
          ++ forHosts
            (it: it.enableACME -> hasPlainListener it)
            "enableACME needs an address for http at which challenges are answered. Add one to `listen'."
          ++ forHosts
            (it: it.multipath -> lib.versionAtLeast cfg.package.version "1.29.7")
            "multipath needs nginx 1.29.7. Remove it, or set services.nginx.package."
          ++ [
            {
              assertion = cfg.resolver.ipv4 || cfg.resolver.ipv6;
              message =
                "services.nginx.resolver: ipv4 and ipv6 are both false. Set one of them to true.";
            }
            {
              assertion = cfg.experimentalZstdSettings -> !(cfg.package ? loadedModules);
              message =
                "services.nginx.experimentalZstdSettings is not available: Debian has no module for zstd. Remove it, or set "
                + "services.nginx.package to an nginx with that module.";
            }
          ];

        warnings =
          let
            isSet = name: it: it.listenAddresses != [ ] && !(cfg.statusPage && name == "localhost");
            ignored = lib.attrNames (lib.filterAttrs isSet cfg.virtualHosts);
          in
          lib.optional
            (cfg.defaultListen != [ ] && ignored != [ ])
            "${host (lib.head ignored)}.listenAddresses has no effect: services.nginx.defaultListen takes precedence. Remove one of them."
          ++ lib.optional
            (
              cfg.defaultListen != [ ]
              && cfg.defaultListenAddresses != options.services.nginx.defaultListenAddresses.default
            )
            "services.nginx.defaultListenAddresses has no effect: services.nginx.defaultListen takes precedence. Remove one of them.";

        services.nginx.additionalModules =
          lib.optional (cfg.recommendedBrotliSettings) pkgs.nginxModules.brotli;
        services.nginx.virtualHosts.localhost = mkIf cfg.statusPage {
          serverAliases = [ "127.0.0.1" ] ++ lib.optional config.networking.enableIPv6 "[::1]";
          listenAddresses = lib.mkDefault ([
            "0.0.0.0"
          ] ++ lib.optional config.networking.enableIPv6 "[::]");
          locations."/nginx_status".extraConfig = ''
            stub_status on;
            access_log off;
            allow 127.0.0.1;
            ${lib.optionalString config.networking.enableIPv6 "allow ::1;"}
            deny all;
          '';
        };

        environment.etc."nginx/nginx.conf".source = configFile;
        environment.systemPackages = [ cfg.package ];
        boot.kernelModules = mkIf (lib.any (it: it.kTLS) (lib.attrValues hosts)) [ "tls" ];

        users = import ../../../../lib/service-account.nix { inherit lib; } "nginx" {
          inherit (cfg) user group;
        };

        systemd.services.nginx = {
          description = "Server of the web";
          wantedBy = [ "multi-user.target" ];
          # There are certificates before it starts, self-signed ones if need be. The real ones are got through it.
          wants = lib.optionals (!cfg.enableReload) acme.baseServices;
          after = [ "network.target" ] ++ lib.optionals (!cfg.enableReload) acme.baseServices;
          before = lib.optionals (!cfg.enableReload) acme.orderServices;
          stopIfChanged = false;
          preStart = ''
            ${cfg.preStart}
            ${command} -t
          '';
          startLimitIntervalSec = 60;
          serviceConfig = import ./hardening.nix { inherit lib cfg; } // {
            ExecStart = command;
            ExecReload = [ "${command} -t" "/usr/bin/kill -HUP $MAINPID" ];
            Restart = "always";
            RestartSec = "10s";
            User = cfg.user;
            Group = cfg.group;
            RuntimeDirectory = "nginx";
            RuntimeDirectoryMode = "0750";
            # Where Debian's nginx keeps bodies of requests and responses that are too large for memory.
            StateDirectory = "nginx";
            StateDirectoryMode = "0750";
            CacheDirectory = "nginx";
            CacheDirectoryMode = "0750";
            LogsDirectory = "nginx";
            LogsDirectoryMode = "0750";
            UMask = "0027";
          };
        };

        systemd.services.nginx-config-reload = mkIf (cfg.enableReload || acme.certNames != [ ]) (
          lib.mkMerge [
            acme.reload
            {
              description = "New configuration and certificates for nginx";
              wantedBy = lib.optional cfg.enableReload "multi-user.target";
              after = lib.optionals cfg.enableReload acme.baseServices;
              before = lib.optionals cfg.enableReload acme.orderServices;
              restartTriggers = lib.optional cfg.enableReload configFile;
              unitConfig.StartLimitIntervalSec = 0;
            }
          ]
        );

        security.acme.certs = acme.definition;
      }
    ]
  );
}
