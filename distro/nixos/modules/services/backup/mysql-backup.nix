# Dumps of MariaDB's databases at certain times, each complete or absent.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.mysqlBackup;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  programs = {
    gzip = {
      package = pkgs.gzip;
      command = "gzip -c --rsyncable";
      suffix = ".gz";
      highest = 9;
    };
    xz = {
      package = pkgs.xz;
      command = "xz -z -c";
      suffix = ".xz";
      highest = 9;
    };
    zstd = {
      package = pkgs.zstd;
      command = "zstd -z -c --rsyncable";
      suffix = ".zst";
      highest = 19;
    };
  };
  program = programs.${cfg.compressionAlg};
  level = lib.optionalString (cfg.compressionLevel != null) " -${toString cfg.compressionLevel}";

  # The account's rights: all that mariadb-dump reads.
  rights =
    "SELECT, SHOW VIEW, TRIGGER" + lib.optionalString (!cfg.singleTransaction) ", LOCK TABLES";

  backup =
    name:
    let
      file =
        lib.escapeShellArg
          "${cfg.location}/${
            text.fileName {
              option = "services.mysqlBackup.databases";
              file = "the name of a backup";
            } name
          }${program.suffix}";
    in
    ''
      if mysqldump ${
        lib.optionalString cfg.singleTransaction "--single-transaction "
      }${lib.escapeShellArg name} | ${program.command}${level} > ${file}.tmp; then
        mv ${file}.tmp ${file}
        echo "Backed up to "${file}
      else
        echo "Could not dump the database "${lib.escapeShellArg name} >&2
        rm -f ${file}.tmp
        failed="$failed "${lib.escapeShellArg name}
      fi
    '';
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "mysqlBackup"
      "gzipOptions"
    ] "Use services.mysqlBackup.compressionLevel.")
  ];

  options.services.mysqlBackup = {
    enable = lib.mkEnableOption "dumps of MySQL's databases";
    calendar = mkOption {
      type = types.singleLineStr;
      default = "01:15:00";
      description = "When, as in systemd.time(7).";
    };
    compressionAlg = mkOption {
      type = types.enum (lib.attrNames programs);
      default = "gzip";
      description = "How dumps are compressed.";
    };
    compressionLevel = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "How much: 1 to 9, or 1 to 19 for zstd. null is the program's default.";
    };
    user = mkOption {
      type = types.singleLineStr;
      default = "mysqlbackup";
      description = "The user and the account for dumps.";
    };
    databases = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      example = [ "nextcloud" ];
      description = "Databases that are written to a file each.";
    };
    location = mkOption {
      type = types.path;
      default = "/var/backup/mysql";
      description = "The folder of the dumps. It is made.";
    };
    singleTransaction = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether a database is dumped in one transaction, without a lock: for tables of InnoDB.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion =
          cfg.compressionLevel == null
          || (cfg.compressionLevel >= 1 && cfg.compressionLevel <= program.highest);
        message =
          "services.mysqlBackup.compressionLevel is ${
            toString cfg.compressionLevel
          }, and ${cfg.compressionAlg} has 1 to ${toString program.highest}. Choose one of them.";
      }
    ];

    users.users = lib.optionalAttrs (cfg.user == "mysqlbackup") {
      mysqlbackup = {
        isSystemUser = true;
        createHome = false;
        home = cfg.location;
        group = "nogroup";
      };
    };
    services.mysql.ensureUsers = [
      {
        name = cfg.user;
        ensurePermissions =
          lib.genAttrs
            (map (name: "`${lib.replaceStrings [ "`" ] [ "``" ] name}`.*") cfg.databases)
            (_: rights);
      }
    ];
    systemd.tmpfiles.settings.mysqlBackup.${cfg.location}.d = {
      mode = "0700";
      inherit (cfg) user;
    };

    systemd.services.mysql-backup = {
      description = "MySQL backup service";
      after = [ "mysql.service" ];
      requisite = [ "mysql.service" ];
      path = [ config.services.mysql.package program.package ];
      startAt = cfg.calendar;
      serviceConfig = {
        Type = "oneshot";
        User = cfg.user;
      };
      script = ''
        set -o pipefail
        failed=
        ${lib.concatMapStrings backup cfg.databases}
        if [ -n "$failed" ]; then
          echo "Backup failed:$failed" >&2
          exit 1
        fi
      '';
    };
    systemd.timers.mysql-backup.timerConfig = {
      AccuracySec = "5m";
      Unit = "mysql-backup.service";
    };
  };
}
