# Immich: pictures and films of people. Debian has no package of it: services.immich.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkIf mkOption optional;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.immich;
  json = pkgs.formats.json { };
  db = cfg.database;
  isSocket = lib.hasPrefix "/";
  postgresql = config.services.postgresql.package;
  inherit (import ../databases/postgresql/names.nix { inherit lib; }) identifier;

  variables =
    description:
    mkOption {
      type = types.submodule { freeformType = types.attrsOf types.str; };
      default = { };
      inherit description;
    };
  account = import ../../../lib/service-account.nix { inherit lib; } "immich" {
    inherit (cfg) user group;
  };

  extensions =
    [ "unaccent" "uuid-ossp" "cube" "earthdistance" "pg_trgm" ]
    ++ optional db.enableVectors "vectors"
    ++ lib.optionals db.enableVectorChord [ "vector" "vchord" ];
  setup = pkgs.writeText "immich-setup.sql" (
    lib.concatMapStrings (name: "CREATE EXTENSION IF NOT EXISTS ${identifier name};\n") extensions
    + "ALTER SCHEMA public OWNER TO ${identifier db.user};\n"
    + lib.optionalString db.enableVectors (
      "ALTER SCHEMA vectors OWNER TO ${identifier db.user};\n"
      + "GRANT SELECT ON TABLE pg_vector_index_stat TO ${identifier db.user};\n"
    )
    + lib.concatMapStrings (name: "ALTER EXTENSION ${identifier name} UPDATE;\n") extensions
  );

  service =
    attributes:
    lib.recursiveUpdate {
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ optional db.enable "postgresql.target";
      requires = optional db.enable "postgresql.target";
      serviceConfig = removeAttrs hardening [ "LockPersonality" "SystemCallArchitectures" ] // {
        Slice = "system-immich.slice";
        User = cfg.user;
        Group = cfg.group;
        Restart = "on-failure";
        RestartSec = 3;
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        PrivateUsers = true;
        PrivateTmp = true;
        PrivateDevices = cfg.accelerationDevices == [ ];
        DeviceAllow = mkIf (cfg.accelerationDevices != null) cfg.accelerationDevices;
        PrivateMounts = true;
        ProtectHome = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" "AF_NETLINK" ];
        UMask = "0077";
      };
    } attributes;
in
{
  options.services.immich = {
    enable = lib.mkEnableOption "Immich, pictures and films of people";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.immich.package";
      name = "immich";
    };
    mediaLocation =
      option
        types.path
        "/var/lib/immich"
        "Where pictures are. Make another folder than the default yourself.";
    environment = variables "Variables of the server, as in its documentation.";
    secretsFile =
      option
        (types.nullOr types.machineFile)
        null
        "A file in the machine with further variables, such as DB_PASSWORD.";
    host = option types.str "localhost" "The address at which it listens.";
    port = option types.port 2283 "The port at which it listens.";
    openFirewall = option types.bool false "Whether the port is open in the firewall.";
    user = option types.str "immich" "The user as whom it runs.";
    group = option types.str "immich" "The group in which it runs.";
    settings = mkOption {
      type = types.nullOr (
        types.submodule {
          freeformType = json.type;
          options = {
            newVersionCheck.enabled = option types.bool false "Whether it looks for new versions.";
            server.externalDomain = option types.str "" "The address that links begin with.";
          };
        }
      );
      default = null;
      description = "Settings; null for those that are made on its pages.";
    };
    machine-learning = {
      enable = option types.bool true "Whether it knows faces and things on pictures.";
      environment = variables "Variables of what knows them.";
    };
    accelerationDevices =
      option
        (types.nullOr (types.listOf types.str))
        [ ]
        "Devices that films are converted by, such as /dev/dri/renderD128; null for all.";
    database = {
      enable = option types.bool true "Whether PostgreSQL in this machine has its database.";
      enableVectorChord =
        option types.bool true "Whether the database has the extension VectorChord.";
      enableVectors =
        option
          types.bool
          (lib.versionOlder config.system.stateVersion "25.11")
          "Whether the database has the extension pgvecto.rs, the older one.";
      createDB = option types.bool true "Whether the database is made.";
      name = option types.str "immich" "The name of the database.";
      host = option types.str "/run/postgresql" "The database's host, or the folder of its socket.";
      port = option types.port 5432 "The database's port.";
      user = option types.str "immich" "The database's user.";
    };
    redis = {
      enable = option types.bool true "Whether Redis in this machine serves it.";
      host = mkOption {
        type = types.str;
        default = config.services.redis.servers.immich.unixSocket;
        defaultText = lib.literalExpression "config.services.redis.servers.immich.unixSocket";
        description = "The host of Redis, or its socket.";
      };
      port = option types.port 0 "The port of Redis; 0 for the socket alone.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = isSocket db.host || cfg.secretsFile != null;
        message =
          "services.immich.database.host is another host. Set services.immich.secretsFile to a file with DB_PASSWORD=PASSWORD.";
      }
      {
        assertion = db.enable -> db.enableVectorChord || db.enableVectors;
        message =
          "services.immich.database: enableVectorChord and enableVectors are both false. Set one of them to true.";
      }
    ];
    services.postgresql = mkIf db.enable {
      enable = true;
      ensureDatabases = mkIf db.createDB [ db.name ];
      ensureUsers = mkIf db.createDB [
        {
          name = db.user;
          ensureDBOwnership = true;
          ensureClauses.login = true;
        }
      ];
      extensions =
        ps:
        optional db.enableVectors ps.pgvecto-rs
        ++ lib.optionals db.enableVectorChord [ ps.pgvector ps.vectorchord ];
      settings = {
        shared_preload_libraries =
          optional db.enableVectors "vectors.so" ++ optional db.enableVectorChord "vchord.so";
        search_path = "\"$user\", public, vectors";
      };
    };
    systemd.services.postgresql-setup.serviceConfig.ExecStartPost = mkIf db.enable [
      (pkgs.writeShellScript
        "immich-extensions"
        "psql -d ${lib.escapeShellArg db.name} -v ON_ERROR_STOP=1 -q -f ${setup}"
      )
    ];
    services.redis.servers.immich = mkIf cfg.redis.enable {
      enable = true;
      inherit (cfg.redis) port;
      bind = mkIf (!isSocket cfg.redis.host) cfg.redis.host;
    };
    networking.firewall.allowedTCPPorts = optional cfg.openFirewall cfg.port;

    services.immich.environment =
      (
        if isSocket db.host then
          { DB_URL = "postgresql:///${db.name}?host=${db.host}"; }
        else
          {
            DB_HOSTNAME = db.host;
            DB_PORT = toString db.port;
            DB_DATABASE_NAME = db.name;
            DB_USERNAME = db.user;
          }
      )
      // (
        if isSocket cfg.redis.host then
          { REDIS_SOCKET = cfg.redis.host; }
        else
          {
            REDIS_HOSTNAME = cfg.redis.host;
            REDIS_PORT = toString cfg.redis.port;
          }
      )
      // {
        IMMICH_HOST = cfg.host;
        IMMICH_PORT = toString cfg.port;
        IMMICH_MEDIA_LOCATION = cfg.mediaLocation;
        IMMICH_MACHINE_LEARNING_URL = lib.mkDefault "http://localhost:3003";
      }
      // lib.optionalAttrs (cfg.settings != null) {
        IMMICH_CONFIG_FILE = "${json.generate "immich.json" cfg.settings}";
      };
    services.immich.machine-learning.environment = {
      MACHINE_LEARNING_WORKERS = lib.mkDefault "1";
      MACHINE_LEARNING_WORKER_TIMEOUT = lib.mkDefault "120";
      MACHINE_LEARNING_CACHE_FOLDER = "/var/cache/immich";
      XDG_CACHE_HOME = "/var/cache/immich";
      IMMICH_HOST = "localhost";
      IMMICH_PORT = "3003";
    };

    users = account;
    systemd.tmpfiles.settings.immich.${cfg.mediaLocation}.e = {
      inherit (cfg) user group;
      mode = "0700";
    };
    systemd.slices.system-immich.description = "Immich";
    systemd.services.immich-server = service {
      description = "Immich";
      inherit (cfg) environment;
      # The database is written to backups by these.
      path = [ pkgs.gzip ] ++ optional db.enable postgresql;
      serviceConfig = {
        ExecStart = lib.getExe cfg.package;
        EnvironmentFile = optional (cfg.secretsFile != null) cfg.secretsFile;
        StateDirectory = "immich";
        RuntimeDirectory = "immich";
        SyslogIdentifier = "immich";
        SupplementaryGroups =
          optional
            (cfg.redis.enable && isSocket cfg.redis.host)
            config.services.redis.servers.immich.group;
      };
    };
    systemd.services.immich-machine-learning = mkIf cfg.machine-learning.enable (
      service {
        description = "What knows faces and things on Immich's pictures";
        inherit (cfg.machine-learning) environment;
        serviceConfig = {
          ExecStart = lib.getExe cfg.package.machine-learning;
          CacheDirectory = "immich";
        };
      }
    );
  };
}
