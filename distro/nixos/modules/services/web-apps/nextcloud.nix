# Nextcloud: files, calendars and contacts of people. Debian has no package of it: services.nextcloud.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf optional;
  cfg = config.services.nextcloud;
  c = cfg.config;
  nginx = config.services.nginx;
  pool = config.services.phpfpm.pools.nextcloud;
  isLocal = kind: cfg.database.createLocally && c.dbtype == kind;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  # ---- The package with its apps, and PHP ----
  webroot = pkgs.runCommandLocal "${cfg.package.name}-with-apps" { } ''
    mkdir "$out"
    ln -s ${cfg.package}/* "$out"
    ${
      lib.optionalString
        (cfg.extraApps != { })
        "ln -s ${pkgs.linkFarm "nextcloud-apps" (lib.mapAttrsToList (name: path: { inherit name path; }) cfg.extraApps)} \"$out/nix-apps\""
    }
    ${lib.optionalString (cfg.appstoreEnable != false) "ln -s ${lib.escapeShellArg "${cfg.home}/store-apps"} \"$out/store-apps\""}
  '';
  phpPackage = cfg.phpPackage.buildEnv {
    extensions =
      { enabled, all }:
      enabled
      ++ [ all.bz2 all.gmp all.intl all.sodium ]
      ++ optional cfg.enableImagemagick all.imagick
      ++ optional cfg.caching.apcu all.apcu
      ++ optional cfg.caching.redis all.redis
      ++ optional cfg.caching.memcached all.memcached
      ++ cfg.phpExtraExtensions all;
  };
  ini =
    name: value:
    let
      at = {
        option = "services.nextcloud.phpOptions";
        file = "php.ini";
      };
    in
    "${
      text.restrict
        "[a-zA-Z0-9_.-]+"
        "anything but letters, digits, `_', `.' and `-' in a setting's name"
        at
        name
    } = ${text.line at (toString value)}\n";
  php =
    lib.escapeShellArgs
      (
        [ "${phpPackage}/bin/php" "-c" "${pool.files}/php.ini" ]
        ++ optional (cfg.cli.memoryLimit != null) "-dmemory_limit=${cfg.cli.memoryLimit}"
      );

  # ---- Its settings ----
  settings = import ./nextcloud/config-file.nix { inherit lib pkgs cfg webroot; };
  environment = {
    NEXTCLOUD_CONFIG_DIR = "${cfg.datadir}/config";
    # The pool's php.ini has all extensions.
    PHP_INI_SCAN_DIR = "";
  };
  variables = lib.escapeShellArgs (
    lib.mapAttrsToList (name: value: "${name}=${value}") environment
  );

  # People start this as themselves and as root; units have the credentials and are Nextcloud's user already.
  occ = pkgs.writeShellScriptBin "nextcloud-occ" ''
    cd ${webroot} || exit
    occ=(/usr/bin/env ${variables} ${php} occ "$@")
    if [ "$(/usr/bin/id -un)" = nextcloud ] && [ -n "''${CREDENTIALS_DIRECTORY:-${
      lib.optionalString (settings.credentials == [ ]) "none needed"
    }}" ]; then
      exec "''${occ[@]}"
    fi
    ${
      if settings.credentials == [ ] then
        ''
          if [ "$(/usr/bin/id -u)" = 0 ]; then exec /usr/sbin/runuser -u nextcloud -- "''${occ[@]}"; fi
          exec /run/wrappers/bin/sudo -u nextcloud "''${occ[@]}"
        ''
      else
        ''
          terminal=--pipe
          if [ -t 0 ]; then terminal=--pty; fi
          exec /usr/bin/systemd-run $terminal --quiet --wait --collect --service-type=exec --uid=nextcloud --same-dir ${
            lib.escapeShellArgs (map (it: "--property=LoadCredential=${it}") settings.credentials)
          } "''${occ[@]}"
        ''
    }
  '';
  installWords =
    let
      word = option: value: optional (value != null) "--${option}=${value}";
    in
    pkgs.writeText "nextcloud-install.json" (
      builtins.toJSON (
        word "database" c.dbtype
        ++ word "database-name" c.dbname
        ++ word "database-host" c.dbhost
        ++ word "database-user" c.dbuser
        ++ (if c.dbpassFile != null then [ "--database-pass" ] else [ "--database-pass=" ])
        ++ word "data-dir" "${cfg.datadir}/data"
        ++ (
          if c.adminuser == null then
            [ "--disable-admin-user" ]
          else
            word "admin-user" c.adminuser ++ [ "--admin-pass" ]
        )
      )
    );

  service =
    attributes:
    lib.recursiveUpdate {
      after = [ "nextcloud-setup.service" ];
      inherit environment;
      serviceConfig = {
        User = "nextcloud";
        LoadCredential = settings.credentials;
      };
    } attributes;
  # Nothing is changed while people are kept out, or before an upgrade is complete.
  unlessDown = commands: ''
    case $(${lib.getExe occ} status --output=json) in
      *'"maintenance":true'* | *'"needsDbUpgrade":true'*)
        echo "Nextcloud is in maintenance, or must be upgraded first."
        exit 0 ;;
    esac
    ${commands}
  '';
in
{
  imports = [ ./nextcloud/options.nix ./nextcloud/settings.nix ];

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = c.adminuser == null || c.adminpassFile != null;
        message =
          "services.nextcloud.config.adminpassFile is not set. Set it to a file with the first password of ${toString c.adminuser}.";
      }
      {
        assertion = cfg.database.createLocally -> c.dbpassFile == null;
        message =
          "services.nextcloud.config.dbpassFile has no effect: with database.createLocally the database knows its user by the socket. "
          + "Remove it, or database.createLocally.";
      }
    ];
    warnings =
      optional
        (cfg.poolConfig != null)
        "services.nextcloud.poolConfig is an old option. Use poolSettings instead."
      ++ optional
        (c.dbtableprefix != null)
        "services.nextcloud.config.dbtableprefix works only for databases from before Nextcloud 20. Remove it for a new one.";

    services.nextcloud = {
      finalPackage = webroot;
      inherit occ;
      phpOptions =
        lib.mapAttrs (_: lib.mkOptionDefault) {
          output_buffering = "0";
          short_open_tag = "Off";
          expose_php = "Off";
          error_reporting = "E_ALL & ~E_DEPRECATED & ~E_STRICT";
          display_errors = "stderr";
          "opcache.interned_strings_buffer" = "8";
          "opcache.max_accelerated_files" = "10000";
          "opcache.memory_consumption" = "128";
          "opcache.revalidate_freq" = "1";
          "opcache.fast_shutdown" = "1";
          "openssl.cafile" = "/etc/ssl/certs/ca-certificates.crt";
        }
        // {
          upload_max_filesize = cfg.maxUploadSize;
          post_max_size = cfg.maxUploadSize;
          memory_limit = cfg.maxUploadSize;
        }
        // lib.optionalAttrs cfg.caching.apcu { "apc.enable_cli" = "1"; };
    };

    environment.systemPackages = [ occ ];
    users.users.nextcloud = {
      isSystemUser = true;
      group = "nextcloud";
      inherit (cfg) home;
    };
    users.groups.nextcloud.members = [ "nextcloud" nginx.user ];
    systemd.tmpfiles.settings.nextcloud =
      lib.genAttrs
        [ cfg.home "${cfg.datadir}/config" "${cfg.datadir}/data" "${cfg.home}/store-apps" ]
        (_: {
          d = {
            user = "nextcloud";
            group = "nextcloud";
            mode = "0750";
          };
        })
      // {
        "${cfg.datadir}/config/override.config.php"."L+".argument = "${settings.file}";
      };

    # ---- What it stands on ----
    services.postgresql = mkIf (isLocal "pgsql") {
      enable = true;
      ensureDatabases = [ c.dbname ];
      ensureUsers = [
        {
          name = c.dbuser;
          ensureDBOwnership = true;
        }
      ];
    };
    services.mysql = mkIf (isLocal "mysql") {
      enable = true;
      package = lib.mkDefault pkgs.mariadb;
      ensureDatabases = [ c.dbname ];
      ensureUsers = [
        {
          name = c.dbuser;
          ensurePermissions."${c.dbname}.*" = "ALL PRIVILEGES";
        }
      ];
    };
    services.redis.servers.nextcloud = mkIf cfg.configureRedis {
      enable = true;
      user = "nextcloud";
    };
    services.nginx.enable = lib.mkDefault true;
    services.nginx.virtualHosts.${cfg.hostName} = import ./nextcloud/virtual-host.nix {
      inherit lib cfg webroot;
      inherit (pool) socket;
    };
    services.phpfpm.pools.nextcloud = {
      user = "nextcloud";
      group = "nextcloud";
      inherit phpPackage;
      phpOptions = lib.concatStrings (lib.mapAttrsToList ini cfg.phpOptions);
      phpEnv =
        {
          inherit (environment) NEXTCLOUD_CONFIG_DIR;
          PATH = "/run/wrappers/bin:/usr/local/bin:/usr/bin:/bin";
        }
        // lib.optionalAttrs (settings.credentials != [ ]) {
          CREDENTIALS_DIRECTORY = "/run/phpfpm-nextcloud/credentials";
        };
      settings =
        lib.mapAttrs (_: lib.mkDefault) {
          "listen.owner" = nginx.user;
          "listen.group" = nginx.group;
        }
        // cfg.poolSettings;
      extraConfig = cfg.poolConfig;
    };

    # ---- Units ----
    systemd.services = {
      nextcloud-setup =
        let
          databases =
            optional (isLocal "mysql") "mysql.service"
            ++ optional (isLocal "pgsql") "postgresql.target";
        in
        service {
          description = "Nextcloud's database and folders";
          wantedBy = [ "multi-user.target" ];
          wants = [ "nextcloud-update-db.service" ];
          before = [ "phpfpm-nextcloud.service" ];
          after = databases;
          requires = databases;
          restartTriggers = [ settings.file ];
          # The database has its user already.
          environment.NC_setup_create_db_user = "false";
          script = ''
            if [ ! -s "$NEXTCLOUD_CONFIG_DIR/config.php" ]; then
              (cd ${webroot}; ${php} ${./nextcloud/install.php} ${installWords})
            fi
            ${lib.getExe occ} upgrade
            ${
              lib.optionalString
                (cfg.extraAppsEnable && cfg.extraApps != { })
                "${lib.getExe occ} app:enable ${lib.escapeShellArgs (lib.attrNames cfg.extraApps)}"
            }
          '';
          serviceConfig = {
            Type = "oneshot";
            LoadCredential =
              optional (c.adminuser != null) "adminpass:${c.adminpassFile}" ++ settings.credentials;
          };
        };
      nextcloud-update-db = service {
        description = "Columns and indices of Nextcloud's database that newer versions want";
        script = unlessDown (
          lib.concatMapStrings (what: "${lib.getExe occ} db:add-missing-${what}\n") [
            "columns"
            "indices"
            "primary-keys"
          ]
        );
        serviceConfig.Type = "exec";
      };
      nextcloud-cron = service {
        description = "Nextcloud's regular work";
        script = unlessDown "${php} -f ${webroot}/cron.php";
        serviceConfig = {
          Type = "exec";
          KillMode = "process";
        };
      };
      nextcloud-update-plugins = mkIf cfg.autoUpdateApps.enable (
        service {
          description = "Newer versions of Nextcloud's apps";
          inherit (cfg.autoUpdateApps) startAt;
          serviceConfig = {
            Type = "oneshot";
            ExecStart = "${lib.getExe occ} app:update --all";
          };
        }
      );
      phpfpm-nextcloud = lib.mkMerge [
        { restartTriggers = [ webroot settings.file ]; }
        (mkIf (settings.credentials != [ ]) {
          # The manager of the pool is root, and its processes, which read them, are not.
          preStart = ''
            umask 0077
            rm -rf /run/phpfpm-nextcloud/credentials
            mkdir -p /run/phpfpm-nextcloud/credentials
            cp "$CREDENTIALS_DIRECTORY"/* /run/phpfpm-nextcloud/credentials/
            chown -R nextcloud:nextcloud /run/phpfpm-nextcloud/credentials
          '';
          serviceConfig = {
            LoadCredential = settings.credentials;
            RuntimeDirectory = lib.mkForce [ "phpfpm" "phpfpm-nextcloud" ];
          };
        })
      ];
    };
    systemd.timers.nextcloud-cron = {
      wantedBy = [ "timers.target" ];
      after = [ "nextcloud-setup.service" ];
      timerConfig = {
        OnBootSec = "5m";
        OnUnitActiveSec = "5m";
      };
    };
  };
}
