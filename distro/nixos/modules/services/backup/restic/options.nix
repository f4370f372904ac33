# The options of services.restic.backups.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;
  inherit (import ../../../../lib/systemd-unit-options.nix { inherit lib; }) unitOption;

  strings =
    description: example:
    mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      inherit description example;
    };

  backup =
    { config, ... }:
    {
      options = {
        repository =
          orNull types.singleLineStr "The repository, such as `sftp:backup@10.0.0.9:/backups`."
          // {
            example = "s3:https://s3.example.org/backups";
          };
        repositoryFile = orNull types.path "A file with the repository.";
        passwordFile = orNull types.singleLineStr "A file with the repository's password.";
        passwordCommand = orNull types.str "A command that prints the repository's password.";
        environmentFile =
          orNull
            types.str
            "A file with environment variables, such as a key of the repository's service.";
        initialize = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the repository is made if it does not exist.";
        };
        paths = mkOption {
          type = types.nullOr (types.listOf types.str);
          default = [ ];
          example = [ "/home" "/var/lib" ];
          description =
            "Files and folders that are backed up. Without any, nothing is, for a job that only prunes.";
        };
        dynamicFilesFrom =
          orNull types.str "Shell commands that print further files to back up."
          // {
            example = "find /home -type d -name .git";
          };
        command = strings "A command whose output is backed up, in place of files." [
          "pg_dumpall"
        ];
        exclude = strings "Patterns of files that are left out." [ "/home/*/.cache" ];
        extraBackupArgs = strings "Further arguments of `restic backup`." [ "--one-file-system" ];
        extraOptions = strings "Values of restic's --option." [ "sftp.connections=2" ];
        pruneOpts = strings "What `restic forget --prune` keeps, after each backup." [
          "--keep-daily 7"
          "--keep-weekly 5"
        ];
        runCheck = mkOption {
          type = types.bool;
          default = config.checkOpts != [ ];
          defaultText = lib.literalExpression "checkOpts != [ ]";
          description = "Whether the repository is checked after each backup.";
        };
        checkOpts = strings "Arguments of `restic check`." [ "--read-data-subset=5%" ];
        timerConfig = mkOption {
          type = types.nullOr (types.attrsOf unitOption);
          default = {
            OnCalendar = "daily";
            Persistent = true;
          };
          example = {
            OnCalendar = "00:05";
            RandomizedDelaySec = "5h";
          };
          description = "When, as in systemd.timer(5). null is only by hand.";
        };
        user = mkOption {
          type = types.singleLineStr;
          default = "root";
          description = "The user that restic runs as.";
        };
        backupPrepareCommand = orNull types.str "Shell commands before a backup.";
        backupCleanupCommand = orNull types.str "Shell commands after a backup, even a failed one.";
        package = lib.mkPackageOption pkgs "restic" { };
        createWrapper = mkOption {
          type = types.bool;
          default = true;
          description =
            "Whether there is a program `restic-NAME`, which is restic with this repository and password.";
        };
        inhibitsSleep = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the machine does not sleep meanwhile.";
        };
        progressFps =
          orNull types.numbers.nonnegative "How many times in a second progress is reported."
          // {
            example = 0.1;
          };
        rcloneOptions =
          orNull
            (types.attrsOf (types.oneOf [ types.str types.bool ]))
            "Options of rclone, without `--`."
          // {
            example = { bwlimit = "10M"; };
          };
        rcloneConfig =
          orNull
            (types.attrsOf (types.oneOf [ types.str types.bool ]))
            "The configuration of the repository's remote. Everyone can read it in the store.";
        rcloneConfigFile = orNull types.path "A file with rclone's configuration.";
      };
    };
in
{
  options.services.restic.backups = mkOption {
    type = types.attrsOf (types.submodule backup);
    default = { };
    example = {
      home = {
        paths = [ "/home" ];
        repository = "sftp:backup@10.0.0.9:/backups";
        passwordFile = "/run/secrets/restic";
        initialize = true;
      };
    };
    description = "Backups by name. Each is the service `restic-backups-NAME`.";
  };
}
