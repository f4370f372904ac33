# Backups by restic at certain times.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (import ../../../lib/formats { inherit lib; }) text;
  inherit (lib) optionalString;
  cfg = config.services.restic.backups;
  service = name: "restic-backups-${name}";

  rclone =
    name: backup:
    let
      remote = lib.elemAt (lib.splitString ":" backup.repository) 1;
      value = v: if lib.isBool v then lib.boolToString v else v;
      variables =
        option: prefix:
        lib.mapAttrs' (
          key: v:
          let
            at = {
              option = "services.restic.backups.${lib.strings.escapeNixIdentifier name}.${option}";
              file = "a unit's environment";
            };
            variable = text.variableName at (lib.replaceStrings [ "-" ] [ "_" ] key);
          in
          lib.nameValuePair "${prefix}${lib.toUpper variable}" (value v)
        );
    in
    lib.optionalAttrs (backup.rcloneOptions != null) (
      variables "rcloneOptions" "RCLONE_" backup.rcloneOptions
    )
    // lib.optionalAttrs (backup.rcloneConfigFile != null) {
      RCLONE_CONFIG = backup.rcloneConfigFile;
    }
    // lib.optionalAttrs (backup.rcloneConfig != null) (
      variables "rcloneConfig" "RCLONE_CONFIG_${lib.toUpper remote}_" backup.rcloneConfig
    );
  environment =
    name: backup:
    lib.filterAttrs (_: v: v != null) ({
      # The wrapper knows no %C.
      RESTIC_CACHE_DIR = "/var/cache/${service name}";
      RESTIC_PASSWORD_FILE = backup.passwordFile;
      RESTIC_PASSWORD_COMMAND = backup.passwordCommand;
      RESTIC_REPOSITORY = backup.repository;
      RESTIC_REPOSITORY_FILE = backup.repositoryFile;
      RESTIC_PROGRESS_FPS = lib.mapNullable toString backup.progressFps;
    } // rclone name backup);

  unit =
    name: backup:
    let
      options = lib.concatMapStrings (option: " -o ${option}") backup.extraOptions;
      inhibit =
        optionalString
          backup.inhibitsSleep
          "/usr/bin/systemd-inhibit --mode=block --who=restic --what=sleep --why=${utils.escapeSystemdExecArg "Scheduled backup ${name}"} ";
      restic = "${inhibit}${lib.getExe backup.package}${options}";
      files = "/run/${service name}/includes";
      paths = lib.optionals (backup.paths != null) backup.paths;
      hasFiles = backup.dynamicFilesFrom != null || paths != [ ] || backup.command != [ ];
      exclusions =
        lib.optional
          (backup.exclude != [ ])
          "--exclude-file=${pkgs.writeText "exclude-patterns" (lib.concatLines backup.exclude)}";
      arguments = lib.concatStringsSep " " (backup.extraBackupArgs ++ exclusions);
      words = list: lib.concatStringsSep " " list;
      script = name: text: pkgs.writeShellScript name "set -e\n${text}";
    in
    {
      description = "Restic backup ${name}";
      environment = environment name backup;
      path = [ config.programs.ssh.package ];
      restartIfChanged = false;
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      preStart =
        optionalString (backup.backupPrepareCommand != null) ''
          ${script "backup-prepare-command" backup.backupPrepareCommand}
        ''
        + optionalString backup.initialize ''
          ${inShell backup} cat config > /dev/null 2>&1 || ${inShell backup} init
        ''
        + optionalString (paths != [ ]) ''
          cat ${pkgs.writeText "static-paths" (lib.concatLines paths)} >> ${files}
        ''
        + optionalString (backup.dynamicFilesFrom != null) ''
          ${pkgs.writeShellScript "dynamic-files-from" backup.dynamicFilesFrom} >> ${files}
        '';
      postStop =
        optionalString (backup.backupCleanupCommand != null) ''
          ${script "backup-cleanup-command" backup.backupCleanupCommand}
        ''
        + optionalString (paths != [ ] || backup.dynamicFilesFrom != null) ''
          rm -f ${files}
        '';
      serviceConfig =
        {
          Type = "oneshot";
          ExecStart =
            lib.optional hasFiles (
              if backup.command != [ ] then
                "${restic} backup ${arguments} --stdin-from-command=true -- ${words backup.command}"
              else
                "${restic} backup ${arguments} --files-from=${files}"
            )
            ++ lib.optionals (backup.pruneOpts != [ ]) [
              "${restic} unlock"
              "${restic} forget --prune ${words backup.pruneOpts}"
            ]
            ++ lib.optional backup.runCheck "${restic} check ${words backup.checkOpts}";
          User = backup.user;
          RuntimeDirectory = service name;
          CacheDirectory = service name;
          CacheDirectoryMode = "0700";
          PrivateTmp = true;
        }
        // lib.optionalAttrs (backup.environmentFile != null) {
          EnvironmentFile = backup.environmentFile;
        };
    };
  # As a shell has it.
  inShell =
    backup:
    "${lib.getExe backup.package}${lib.concatMapStrings (option: " -o ${option}") backup.extraOptions}";

  # restic with the repository, the password and the rest of a backup.
  wrapper =
    name: backup:
    pkgs.writeShellScriptBin "restic-${name}" ''
      set -a
      ${optionalString (backup.environmentFile != null) ". ${lib.escapeShellArg backup.environmentFile}"}
      ${lib.toShellVars (environment name backup)}
      PATH=''${PATH:-/usr/bin}:${config.programs.ssh.package}/bin
      set +a
      exec ${inShell backup} "$@"
    '';
in
{
  imports = [ ./restic/options.nix ];

  config = lib.mkIf (cfg != { }) {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.restic.backups";
        }) (lib.attrNames cfg)
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (name: backup: [
          {
            assertion = (backup.repository == null) != (backup.repositoryFile == null);
            message =
              "services.restic.backups.${name} needs one of repository and repositoryFile. Set one of them.";
          }
          {
            assertion = (backup.passwordFile == null) != (backup.passwordCommand == null);
            message =
              "services.restic.backups.${name} needs one of passwordFile and passwordCommand. Set one of them.";
          }
          {
            assertion =
              backup.command == [ ]
              || ((backup.paths == null || backup.paths == [ ]) && backup.dynamicFilesFrom == null);
            message =
              "services.restic.backups.${name} has a command whose output is backed up, and files. Remove one of them.";
          }
          {
            assertion =
              backup.rcloneConfig == null || lib.hasPrefix "rclone:" (toString backup.repository);
            message =
              "services.restic.backups.${name}.rcloneConfig is for a repository `rclone:REMOTE:PATH'. Change the repository, or remove it.";
          }
        ]) cfg
      );
    systemd.services = lib.mapAttrs' (
      name: backup: lib.nameValuePair (service name) (unit name backup)
    ) cfg;
    systemd.timers = lib.mapAttrs' (
      name: backup:
      lib.nameValuePair (service name) {
        wantedBy = [ "timers.target" ];
        inherit (backup) timerConfig;
      }
    ) (lib.filterAttrs (_: backup: backup.timerConfig != null) cfg);
    environment.systemPackages = lib.mapAttrsToList wrapper (
      lib.filterAttrs (_: backup: backup.createWrapper) cfg
    );
  };
}
