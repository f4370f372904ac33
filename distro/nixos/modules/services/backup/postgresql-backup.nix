# Dumps of PostgreSQL's databases at certain times. The dump before the last is kept, and one is complete or absent.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.postgresqlBackup;
  server = config.services.postgresql;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  level = toString cfg.compressionLevel;
  suffix =
    {
      none = "";
      gzip = ".gz";
      zstd = ".zstd";
    }.${cfg.compression};
  compress =
    {
      none = "cat";
      gzip = "gzip -c -${level} --rsyncable";
      zstd = "zstd -c -${level} --rsyncable";
    }.${cfg.compression};

  backup = name: dump: {
    description = "Backup of ${name} database(s)";
    requires = [ "postgresql.target" ];
    after = [ "postgresql.target" ];
    path = [
      (server.finalPackage.programs or server.finalPackage)
      pkgs.gzip
    ] ++ lib.optional (cfg.compression == "zstd") pkgs.zstd;
    environment.PGPORT = toString server.settings.port;
    inherit (cfg) startAt;
    serviceConfig = {
      Type = "oneshot";
      User = "postgres";
    };
    script = ''
      set -o pipefail
      umask 0077
      place=${lib.escapeShellArg "${cfg.location}/${name}"}
      # Of any compression.
      for suffix in .sql .sql.gz .sql.zstd; do
        if [ -e "$place$suffix" ]; then
          rm -f "$place".prev.sql*
          mv "$place$suffix" "$place.prev$suffix"
        fi
      done
      ${dump} | ${compress} > "$place.in-progress.sql${suffix}"
      mv "$place.in-progress.sql${suffix}" "$place.sql${suffix}"
    '';
  };
  # The name of a database is one of a file, too.
  ofDatabase =
    name:
    backup
      (text.fileName {
        option = "services.postgresqlBackup.databases";
        file = "the name of a backup";
      } name)
      "pg_dump ${cfg.pgdumpOptions} ${lib.escapeShellArg name}";
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "postgresqlBackup"
      "period"
    ] "Set services.postgresqlBackup.startAt.")
  ];

  options.services.postgresqlBackup = {
    enable = lib.mkEnableOption "dumps of PostgreSQL's databases";
    startAt = mkOption {
      type = types.either (types.listOf types.str) types.str;
      default = "*-*-* 01:15:00";
      description = "When, as in systemd.time(7).";
    };
    backupAll = mkOption {
      type = types.bool;
      default = cfg.databases == [ ];
      defaultText = lib.literalExpression "services.postgresqlBackup.databases == [ ]";
      description = "Whether all databases and roles are written to one file, all.sql.";
    };
    databases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nextcloud" ];
      description = "Databases that are written to a file each.";
    };
    location = mkOption {
      type = types.path;
      default = "/var/backup/postgresql";
      description = "The folder of the dumps. It is made.";
    };
    pgdumpOptions = mkOption {
      type = types.separatedString " ";
      default = "-C";
      description = "Further arguments of pg_dump.";
    };
    pgdumpAllOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Further arguments of pg_dumpall.";
    };
    compression = mkOption {
      type = types.enum [ "none" "gzip" "zstd" ];
      default = "gzip";
      description = "How dumps are compressed.";
    };
    compressionLevel = mkOption {
      type = types.ints.between 1 19;
      default = 6;
      description = "How much: up to 9 for gzip, up to 19 for zstd.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.postgresqlBackup.databases";
        }) cfg.databases
      )
      ++ [
        {
          assertion = cfg.backupAll -> cfg.databases == [ ];
          message =
            "services.postgresqlBackup.backupAll writes all databases already. Remove it, or databases.";
        }
        {
          assertion = cfg.compression == "gzip" -> cfg.compressionLevel <= 9;
          message =
            "services.postgresqlBackup.compressionLevel is ${level}, and gzip has 1 to 9. Choose one of them.";
        }
        {
          assertion = server.enable;
          message =
            "services.postgresqlBackup has no server. Set services.postgresql.enable = true.";
        }
      ];

    warnings = lib.optional (cfg.pgdumpAllOptions != "" && !cfg.backupAll) (
      "services.postgresqlBackup.pgdumpAllOptions has no effect without backupAll. Remove the setting."
    );

    systemd.tmpfiles.settings.postgresqlBackup.${cfg.location}.d = {
      mode = "0700";
      user = "postgres";
    };

    systemd.services =
      if cfg.backupAll then
        { postgresqlBackup = backup "all" "pg_dumpall ${cfg.pgdumpAllOptions}"; }
      else
        lib.listToAttrs (
          map (name: lib.nameValuePair "postgresqlBackup-${name}" (ofDatabase name)) cfg.databases
        );
  };
}
