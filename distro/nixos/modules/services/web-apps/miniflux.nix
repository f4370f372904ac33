# Miniflux, a reader of feeds.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.miniflux;
  flag =
    description:
    mkOption {
      type = types.coercedTo types.bool (b: if b then 1 else 0) types.int;
      default = true;
      inherit description;
    };
in
{
  options.services.miniflux = {
    enable = lib.mkEnableOption "Miniflux";
    package = lib.mkPackageOption pkgs "miniflux" { };
    createDatabaseLocally = mkOption {
      type = types.bool;
      default = true;
      description = "Whether PostgreSQL in this machine has the database `miniflux` for it.";
    };
    config = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.oneOf [ types.str types.int ]);
        options = {
          LISTEN_ADDR = mkOption {
            type = types.singleLineStr;
            default = "localhost:8080";
            description =
              "Where the server listens: an address with a port, or the path of a socket.";
          };
          DATABASE_URL = mkOption {
            type = types.singleLineStr;
            defaultText = "user=miniflux host=/run/postgresql dbname=miniflux";
            description = "Where the database is.";
          };
          RUN_MIGRATIONS = flag "Whether the tables are made, and changed for a new version.";
          CREATE_ADMIN = flag "Whether the administrator of `adminCredentialsFile` is made.";
          WATCHDOG = flag "Whether systemd restarts a server that hangs.";
        };
      };
      default = { };
      example = {
        BASE_URL = "https://news.example.org";
        CLEANUP_FREQUENCY = 48;
      };
      description = "Environment variables of the server.";
    };
    adminCredentialsFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/run/secrets/miniflux.env";
      description = "A file with ADMIN_USERNAME=NAME and ADMIN_PASSWORD=PASSWORD.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.config.CREATE_ADMIN == 0 || cfg.adminCredentialsFile != null;
        message =
          "services.miniflux has no administrator. Set adminCredentialsFile, or config.CREATE_ADMIN = false.";
      }
    ];

    services.miniflux.config.DATABASE_URL =
      lib.mkIf cfg.createDatabaseLocally "user=miniflux host=/run/postgresql dbname=miniflux";
    services.postgresql = lib.mkIf cfg.createDatabaseLocally {
      enable = true;
      ensureDatabases = [ "miniflux" ];
      ensureUsers = [
        {
          name = "miniflux";
          ensureDBOwnership = true;
        }
      ];
    };
    environment.systemPackages = [ cfg.package ];

    systemd.services.miniflux = {
      description = "Miniflux service";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ lib.optional cfg.createDatabaseLocally "postgresql.target";
      requires = lib.optional cfg.createDatabaseLocally "postgresql.target";
      environment = lib.mapAttrs (_: toString) cfg.config;
      serviceConfig = hardening // {
        Type = "notify";
        ExecStart = lib.getExe cfg.package;
        User = "miniflux";
        DynamicUser = true;
        RuntimeDirectory = "miniflux";
        RuntimeDirectoryMode = "0750";
        EnvironmentFile = lib.mkIf (cfg.adminCredentialsFile != null) cfg.adminCredentialsFile;
        WatchdogSec = 60;
        WatchdogSignal = "SIGKILL";
        Restart = "always";
        RestartSec = 5;
        CapabilityBoundingSet = [ "" ];
        MemoryDenyWriteExecute = true;
        PrivateDevices = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        SystemCallFilter = [ "@system-service" "~@privileged" ];
        UMask = "0077";
      };
    };
  };
}
