# Paperless-ngx: scanned papers, read and found again. Debian has no package of it: services.paperless.package is the user's to give.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkIf mkOption optional;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.paperless;
  path = name: [ "services" "paperless" ] ++ lib.splitString "." name;
  atom = types.oneOf [ types.bool types.float types.int types.str types.path types.package ];

  # A server of Redis in this machine, unless there is another.
  ownRedis = !(cfg.settings ? PAPERLESS_REDIS);
  redis = config.services.redis.servers.paperless;
  local = cfg.database.createLocally;
  databases = optional local "postgresql.target";

  value =
    v:
    if builtins.isList v || builtins.isAttrs v && !lib.isDerivation v then
      builtins.toJSON v
    else if builtins.isBool v then
      lib.boolToString v
    else
      toString v;
  environment =
    {
      PAPERLESS_DATA_DIR = cfg.dataDir;
      PAPERLESS_MEDIA_ROOT = cfg.mediaDir;
      PAPERLESS_CONSUMPTION_DIR = cfg.consumptionDir;
      PAPERLESS_THUMBNAIL_FONT_NAME =
        "/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf";
      GRANIAN_HOST = cfg.address;
      GRANIAN_PORT = toString cfg.port;
      GUNICORN_CMD_ARGS = "--bind=${cfg.address}:${toString cfg.port}";
    }
    // lib.optionalAttrs (config.time.timeZone != null) {
      PAPERLESS_TIME_ZONE = config.time.timeZone;
    }
    // lib.optionalAttrs ownRedis { PAPERLESS_REDIS = "unix://${redis.unixSocket}"; }
    // lib.optionalAttrs (cfg.package ? nltkDataDir) {
      PAPERLESS_NLTK_DIR = "${cfg.package.nltkDataDir}";
    }
    // lib.optionalAttrs cfg.openMPThreadingWorkaround { OMP_NUM_THREADS = "1"; }
    // lib.mapAttrs (_: value) cfg.settings;
  files = optional (cfg.environmentFile != null) cfg.environmentFile;

  program = "${cfg.package}/bin/paperless-ngx";
  manage = pkgs.writeShellScriptBin "paperless-manage" ''
    if [ "$(/usr/bin/id -un)" != ${lib.escapeShellArg cfg.user} ]; then
      exec /usr/sbin/runuser -u ${lib.escapeShellArg cfg.user} -- "$0" "$@"
    fi
    set -a
    ${lib.toShellVars environment}
    ${lib.concatMapStrings (file: ". ${lib.escapeShellArg file}\n") files}
    exec ${program} "$@"
  '';

  service =
    name: attributes:
    lib.recursiveUpdate {
      description = "Paperless: ${name}";
      after =
        databases
        ++ optional ownRedis "redis-paperless.service"
        ++ optional (name != "scheduler") "paperless-scheduler.service";
      requires = databases;
      inherit environment;
      serviceConfig = hardening // {
        Slice = "system-paperless.slice";
        User = cfg.user;
        SupplementaryGroups = optional ownRedis redis.group;
        EnvironmentFile = files;
        ReadWritePaths = [ cfg.consumptionDir cfg.dataDir cfg.mediaDir ];
        CacheDirectory = "paperless";
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        ProcSubset = "pid";
        Restart = "on-failure";
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
        # What classifies papers calls mbind.
        SystemCallFilter = [ "@system-service" "~@privileged @setuid @keyring" "mbind" ];
        UMask = "0066";
      };
    } attributes;
  keyFile = lib.escapeShellArg "${cfg.dataDir}/nixos-paperless-secret-key";
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "paperless-ng" ] [ "services" "paperless" ])
    (lib.mkRenamedOptionModule (path "extraConfig") (path "settings"))
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = path "configureTika";
        type = types.bool;
        default = false;
        refused = true;
        why =
          "Debian has neither Tika nor Gotenberg. Set settings.PAPERLESS_TIKA_ENABLED and the addresses of servers of them";
      }
    ])
  ];

  options.services.paperless = {
    enable = lib.mkEnableOption "Paperless, which reads scanned papers and finds them again";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.paperless.package";
      name = "paperless-ngx";
      program = "paperless-ngx, bin/celery";
    };
    user = option types.str "paperless" "The user as whom it runs.";
    dataDir = option types.path "/var/lib/paperless" "Where its data are.";
    mediaDir = mkOption {
      type = types.path;
      default = "${cfg.dataDir}/media";
      defaultText = lib.literalExpression ''"''${dataDir}/media"'';
      description = "Where papers are.";
    };
    consumptionDir = mkOption {
      type = types.path;
      default = "${cfg.dataDir}/consume";
      defaultText = lib.literalExpression ''"''${dataDir}/consume"'';
      description = "The folder from which new papers are taken.";
    };
    consumptionDirIsPublic = option types.bool false "Whether all users may put papers there.";
    passwordFile =
      option
        (types.nullOr types.machineFile)
        null
        "A file with the password of the administrator, whose name is `admin` or `settings.PAPERLESS_ADMIN_USER`.";
    address = option types.str "localhost" "The address at which it listens.";
    port = option types.port 28981 "The port at which it listens.";
    domain = option (types.nullOr types.str) null "The domain of its pages.";
    configureNginx =
      option types.bool false "Whether nginx has a virtual host of that domain for it.";
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (
          types.oneOf [ atom (types.listOf atom) (types.attrsOf atom) ]
        );
      };
      default = { };
      example = {
        PAPERLESS_OCR_LANGUAGE = "deu+eng";
        PAPERLESS_CONSUMER_IGNORE_PATTERN = [ ".DS_STORE/*" ];
      };
      description = "Variables, as in its documentation. Lists and sets are written in JSON.";
    };
    environmentFile =
      option
        (types.nullOr types.machineFile)
        null
        "A file in the machine with further variables, such as PAPERLESS_DBPASS.";
    openMPThreadingWorkaround =
      option
        types.bool
        true
        "Whether papers are classified by one processor: with more it may never end.";
    database.createLocally =
      option types.bool false "Whether it has a database of PostgreSQL in this machine.";
    exporter = {
      enable = option types.bool false "Whether papers are exported regularly.";
      directory = mkOption {
        type = types.path;
        default = "${cfg.dataDir}/export";
        defaultText = lib.literalExpression ''"''${dataDir}/export"'';
        description = "Where to.";
      };
      onCalendar = option (types.nullOr types.str) "01:30:00" "When; null for never by itself.";
      settings = mkOption {
        type = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.bool
              types.int
              types.float
              types.str
              (types.listOf (types.either types.int types.str))
            ]
          )
        );
        default = { };
        example.delete = false;
        description =
          "Words of its command line, beside no-progress-bar, no-color, compare-checksums and delete.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.configureNginx -> cfg.domain != null;
        message = "services.paperless.configureNginx needs services.paperless.domain. Set it.";
      }
    ];
    services.redis.servers.paperless.enable = mkIf ownRedis true;
    services.postgresql = mkIf local {
      enable = true;
      ensureDatabases = [ "paperless" ];
      ensureUsers = [
        {
          name = cfg.user;
          ensureDBOwnership = true;
        }
      ];
    };
    services.paperless.settings = lib.mkMerge [
      (mkIf local {
        PAPERLESS_DBENGINE = "postgresql";
        PAPERLESS_DBHOST = "/run/postgresql";
        PAPERLESS_DBNAME = "paperless";
        PAPERLESS_DBUSER = cfg.user;
      })
      (mkIf (cfg.domain != null) { PAPERLESS_URL = "https://${cfg.domain}"; })
    ];
    services.paperless.exporter.settings = lib.mapAttrs (_: lib.mkDefault) {
      no-progress-bar = true;
      no-color = true;
      compare-checksums = true;
      delete = true;
    };
    services.nginx = mkIf (cfg.configureNginx && cfg.domain != null) {
      enable = true;
      virtualHosts.${cfg.domain} = {
        forceSSL = lib.mkDefault true;
        locations."/" = {
          proxyPass = "http://${cfg.address}:${toString cfg.port}";
          proxyWebsockets = true;
          recommendedProxySettings = true;
          extraConfig = "client_max_body_size 100m;\n";
        };
      };
    };
    environment.systemPackages = [ manage pkgs.liberation_ttf ];

    users = import ../../../lib/service-account.nix { inherit lib; } "paperless" {
      inherit (cfg) user;
      home = cfg.dataDir;
    };
    systemd.slices.system-paperless.description = "Paperless";
    systemd.tmpfiles.settings."10-paperless" =
      let
        accountOf = import ../../../lib/account-of.nix { inherit config; };
        own.d = {
          inherit (cfg) user;
          inherit (accountOf "services.paperless.user" cfg.user) group;
        };
      in
      {
        ${cfg.dataDir} = own;
        ${cfg.mediaDir} = own;
        ${cfg.consumptionDir} = if cfg.consumptionDirIsPublic then { d.mode = "777"; } else own;
      }
      // lib.optionalAttrs cfg.exporter.enable { ${cfg.exporter.directory} = own; };

    systemd.services = {
      paperless-scheduler = service "scheduler" {
        wantedBy = [ "multi-user.target" ];
        wants = [
          "paperless-consumer.service"
          "paperless-web.service"
          "paperless-task-queue.service"
        ];
        preStart =
          ''
            ln -sf ${lib.getExe manage} ${lib.escapeShellArg cfg.dataDir}/paperless-manage
            version=${lib.escapeShellArg cfg.package.version}
            file=${lib.escapeShellArg cfg.dataDir}/src-version
            if [ "$(cat "$file" 2> /dev/null)" != "$version" ]; then
              ${program} migrate
              echo "$version" > "$file"
            fi
          ''
          + lib.optionalString (cfg.passwordFile != null) ''
            export PAPERLESS_ADMIN_USER="''${PAPERLESS_ADMIN_USER:-admin}"
            PAPERLESS_ADMIN_PASSWORD=$(cat "$CREDENTIALS_DIRECTORY/PAPERLESS_ADMIN_PASSWORD")
            export PAPERLESS_ADMIN_PASSWORD
            # The hash of both says whether either has changed.
            state=$(printf '%s:%s' "$PAPERLESS_ADMIN_USER" "$PAPERLESS_ADMIN_PASSWORD" | sha256sum)
            file=${lib.escapeShellArg cfg.dataDir}/superuser-state
            if [ "$(cat "$file" 2> /dev/null)" != "$state" ]; then
              ${program} manage_superuser
              echo "$state" > "$file"
            fi
          '';
        serviceConfig = {
          ExecStart = "${cfg.package}/bin/celery --app paperless beat --loglevel INFO";
          LoadCredential =
            optional (cfg.passwordFile != null) "PAPERLESS_ADMIN_PASSWORD:${cfg.passwordFile}";
          PrivateNetwork = local;
        };
      };
      paperless-task-queue = service "workers" {
        serviceConfig.ExecStart =
          "${cfg.package}/bin/celery --app paperless worker --loglevel INFO";
      };
      paperless-consumer = service "new papers" {
        # Not while the database is changed for a new version; and it shares files with the workers.
        bindsTo = [ "paperless-scheduler.service" ];
        unitConfig.JoinsNamespaceOf = "paperless-task-queue.service";
        serviceConfig = {
          ExecStart = "${program} document_consumer";
          PrivateNetwork = local;
        };
      };
      paperless-web = service "pages" {
        bindsTo = [ "paperless-scheduler.service" ];
        unitConfig.JoinsNamespaceOf = "paperless-task-queue.service";
        environment = lib.optionalAttrs (cfg.package ? python) {
          PYTHONPATH = "${cfg.package.python.pkgs.makePythonPath cfg.package.propagatedBuildInputs}:${cfg.package}/lib/paperless-ngx/src";
        };
        # Without a key of its own it has one that all know.
        script = ''
          if [ ! -s ${keyFile} ]; then
            (umask 0377; tr -dc A-Za-z0-9 < /dev/urandom | head -c 64 > ${keyFile}.new; mv ${keyFile}.new ${keyFile})
          fi
          PAPERLESS_SECRET_KEY=$(cat ${keyFile})
          export PAPERLESS_SECRET_KEY
          ${
            if cfg.package ? python && cfg.package.python.pkgs ? granian then
              "exec ${cfg.package.python.pkgs.granian}/bin/granian --interface asginl --ws paperless.asgi:application"
            else if cfg.package ? python then
              "exec ${
                cfg.package.python.pkgs.gunicorn
              }/bin/gunicorn -c ${cfg.package}/lib/paperless-ngx/gunicorn.conf.py paperless.asgi:application"
            else
              "exec ${program} runserver --noreload ${lib.escapeShellArg "${cfg.address}:${toString cfg.port}"}"
          }
        '';
        serviceConfig = {
          LimitNOFILE = 65536;
          SystemCallFilter = [ "@system-service" "~@privileged @keyring" "@setuid" "mbind" ];
        };
      };
      paperless-exporter = mkIf cfg.exporter.enable {
        description = "Paperless: papers, exported";
        startAt = if cfg.exporter.onCalendar == null then [ ] else cfg.exporter.onCalendar;
        # All else of it rests meanwhile.
        unitConfig =
          let
            others = map (name: "paperless-${name}.service") [
              "consumer"
              "scheduler"
              "task-queue"
              "web"
            ];
          in
          {
            Conflicts = others;
            After = others;
            OnFailure = others;
            OnSuccess = others;
          };
        serviceConfig = {
          User = cfg.user;
          WorkingDirectory = cfg.dataDir;
          ExecStart = "${lib.getExe manage} document_exporter ${
            utils.escapeSystemdExecArgs ([
              cfg.exporter.directory
            ] ++ lib.cli.toGNUCommandLine { } cfg.exporter.settings)
          }";
        };
      };
    };
  };
}
