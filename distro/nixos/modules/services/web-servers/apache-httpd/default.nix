# Apache's server of the web: its configuration from options, checked while the system is built, and its units.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf optional;
  cfg = config.services.httpd;
  hosts = lib.mapAttrsToList (name: host: host // { inherit name; }) cfg.virtualHosts;
  isDebian = import ../../../../../pkgs/is-debian.nix cfg.package;
  program = if isDebian then "/usr/sbin/apache2" else "${cfg.package}/bin/httpd";
  command = "${program} -f /etc/httpd/httpd.conf";

  parts =
    optional cfg.enablePHP pkgs.debianPackages."libapache2-mod-php${cfg.phpPackage.phpVersion}"
    ++ optional cfg.enablePerl pkgs.debianPackages.libapache2-mod-perl2
    ++ optional cfg.enableMellon pkgs.debianPackages.libapache2-mod-auth-mellon;

  conf = checking: import ./config-file.nix { inherit lib pkgs config cfg checking; };
  # What the machine alone has stands in the file of the check as the file itself, or as one that need not exist.
  onlyThere = "\"?/(etc|home|root|run|srv|var)/";
  configFile = import ../../../../lib/checked-file.nix { inherit lib pkgs; } {
    name = "httpd.conf";
    text = conf false;
    checked = conf true;
    packages = [ cfg.package ] ++ lib.optional isDebian pkgs.debianPackages.media-types ++ parts;
    check = ''
      sed -i -E \
        -e 's#^( *)Include( +${onlyThere})#\1IncludeOptional\2#' \
        -e 's#^( *SSL[A-Za-z]*File) +${onlyThere}.*#\1 "@here@/httpd.conf"#' \
        -e "s#@here@#$PWD#g" "$file"
      ${program} -t -f "$file"
    '';
    option = "services.httpd";
  };

  php = cfg.phpPackage;
  extensions = builtins.filter (it: it != null) (php.enabledExtensions or [ ]);
  phpIni =
    pkgs.runCommandLocal
      "php.ini"
      {
        ini = cfg.phpOptions;
        packageIni = php.extraConfig or "";
        passAsFile = [ "ini" "packageIni" ];
        nativeBuildInputs = [ php ] ++ extensions;
        # The machine has what php.ini loads.
        extensions = map (it: "${it}") extensions;
      }
      (import ../phpfpm/ini.nix { inherit lib; } {
        inherit php;
        target = "\"$out\"";
        text = "\"$iniPath\"";
      });

  acme = (import ../../../../lib/acme-hosts.nix { inherit config lib; }).wiringOf {
    service = "httpd.service";
    inherit (cfg) group;
    inherit hosts;
    ofOwn =
      host:
      let
        adminAddr = if host.adminAddr != null then host.adminAddr else cfg.adminAddr;
      in
      { email = mkIf (adminAddr != null) (lib.mkOverride 2000 adminAddr); };
  };
  forHosts =
    holds: message:
    map (host: {
      assertion = holds host;
      message = "services.httpd.virtualHosts.${lib.strings.escapeNixIdentifier host.name}: ${message}";
    }) hosts;
  one = conditions: lib.count lib.id conditions <= 1;
in
{
  imports = [ ./options.nix ];

  config = mkIf cfg.enable (
    lib.mkMerge [
      (lib.optionalAttrs (options.services ? logrotate) {
        services.logrotate.settings.httpd = mkIf (cfg.logFormat != "none") (
          lib.mapAttrs (_: lib.mkDefault) {
            files = [ "${cfg.logDir}/*.log" ];
            su = "${cfg.user} ${cfg.group}";
            frequency = "daily";
            rotate = 28;
            sharedscripts = true;
            compress = true;
            delaycompress = true;
            postrotate = "systemctl reload httpd.service > /dev/null 2> /dev/null || true";
          }
        );
      })
      {
        assertions =
          forHosts (
            host: !host.enableSSL
          ) "enableSSL has no effect. Set addSSL, onlySSL or forceSSL instead."
          ++ forHosts (
            host: one [ host.addSSL host.onlySSL host.forceSSL ]
          ) "addSSL, onlySSL and forceSSL exclude each other. Set one of them."
          ++ forHosts (
            host: !(host.enableACME && host.useACMEHost != null)
          ) "enableACME and useACMEHost exclude each other. Remove one of them."
          ++ [
            {
              assertion = cfg.enablePHP -> cfg.phpPackage ? phpVersion && isDebian;
              message =
                "services.httpd.enablePHP needs Debian's PHP and Apache. Remove services.httpd.phpPackage and package, "
                + "or use services.phpfpm.";
            }
            {
              assertion = cfg.enablePHP -> cfg.mpm == "prefork";
              message =
                "services.httpd.mpm is \"${cfg.mpm}\", but Debian's PHP does not run in threads. Set it to \"prefork\", "
                + "or use services.phpfpm.";
            }
            {
              assertion = cfg.enablePerl || cfg.enableMellon -> isDebian;
              message =
                "services.httpd.enablePerl and enableMellon are of Debian's Apache. Remove services.httpd.package, "
                + "or give the modules in extraModules.";
            }
          ];
        warnings = map (
          host:
          "services.httpd.virtualHosts.${
            lib.strings.escapeNixIdentifier host.name
          }.servedFiles is an old option. Use locations.<name>.alias instead."
        ) (builtins.filter (host: host.servedFiles != [ ]) hosts);

        services.httpd.configFile = lib.mkDefault configFile;
        services.httpd.phpOptions =
          "expose_php = off\n"
          + lib.optionalString
            (config.time.timeZone != null)
            "date.timezone = \"${config.time.timeZone}\"\n";
        services.httpd.extraModules = lib.mkBefore [
          "auth_basic"
          "auth_digest"
          "authn_file"
          "authn_dbm"
          "authn_anon"
          "authz_user"
          "authz_groupfile"
          "authz_host"
          "ext_filter"
          "include"
          "env"
          "mime_magic"
          "cern_meta"
          "expires"
          "headers"
          "usertrack"
          "setenvif"
          "dav"
          "status"
          "asis"
          "info"
          "dav_fs"
          "vhost_alias"
          "imagemap"
          "actions"
          "speling"
          "proxy"
          "proxy_http"
          "cache"
          "cache_disk"
          "access_compat"
        ];

        environment.etc."httpd/httpd.conf".source = cfg.configFile;
        environment.systemPackages = [ cfg.package ] ++ parts;
        users = import ../../../../lib/service-account.nix { inherit lib; } "wwwrun" {
          inherit (cfg) user group;
          description = "Apache";
        };
        systemd.tmpfiles.settings.httpd.${cfg.logDir}.d = {
          inherit (cfg) user group;
          mode = "0700";
        };

        systemd.services.httpd = {
          description = "Apache's server of the web";
          wantedBy = [ "multi-user.target" ];
          wants = acme.baseServices;
          after = [ "network.target" ] ++ acme.baseServices;
          before = acme.orderServices;
          restartTriggers = [ cfg.configFile ];
          environment = mkIf cfg.enablePHP {
            PHPRC = "${phpIni}";
            PHP_INI_SCAN_DIR = "";
          };
          serviceConfig = {
            Type = "forking";
            ExecStart = command;
            ExecStop = "${command} -k graceful-stop";
            ExecReload = "${command} -k graceful";
            PIDFile = "/run/httpd/httpd.pid";
            User = cfg.user;
            Group = cfg.group;
            RuntimeDirectory = "httpd";
            RuntimeDirectoryMode = "0750";
            AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
            PrivateTmp = true;
            Restart = "always";
            RestartSec = "5s";
          };
        };
        systemd.services.httpd-config-reload = mkIf (acme.certNames != [ ]) (acme.reload // {
          description = "New certificates for Apache";
          before = acme.orderServices;
          after = acme.baseServices;
          wantedBy = [ "multi-user.target" ];
        });

        security.acme.certs = acme.definition;
      }
    ]
  );
}
