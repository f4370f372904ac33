# Backups by BorgBackup at certain times, and repositories that this machine keeps for others.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) optionalString;
  cfg = config.services.borgbackup;
  service = name: "borgbackup-job-${name}";
  isLocal = repo: lib.hasPrefix "/" repo || lib.hasPrefix "." repo || !(lib.hasInfix ":" repo);
  accountOf = import ../../../lib/account-of.nix { inherit config; };
  home = name: job: (accountOf "services.borgbackup.jobs.${name}.user" job.user).home;

  password =
    job:
    lib.filterAttrs (_: v: v != null) {
      BORG_PASSCOMMAND = job.encryption.passCommand;
      BORG_PASSPHRASE = job.encryption.passphrase;
    };
  environment = job: { BORG_REPO = job.repo; } // password job // job.environment;

  unit = name: job: {
    description = "BorgBackup job ${name}";
    path = [ cfg.package config.programs.ssh.package ];
    environment = environment job;
    script = "exec ${
      optionalString
        job.inhibitsSleep
        "/usr/bin/systemd-inhibit --who=borgbackup --what=sleep --why='Scheduled backup' "
    }${pkgs.writeShellScript "${service name}-script" (import ./borgbackup/script.nix { inherit lib pkgs; } job)}";
    unitConfig = lib.optionalAttrs (isLocal job.repo) { RequiresMountsFor = [ job.repo ]; };
    serviceConfig = {
      User = job.user;
      Group = job.group;
      # What else the machine does comes first.
      CPUSchedulingPolicy = "idle";
      IOSchedulingClass = "idle";
      ProtectSystem = "strict";
      ReadWritePaths =
        [ "${home name job}/.config/borg" "${home name job}/.cache/borg" ]
        ++ job.readWritePaths
        ++ lib.optional (isLocal job.repo) job.repo;
      PrivateTmp = job.privateTmp;
    };
  };

  timer =
    name: job:
    let
      online = lib.optional (job.persistentTimer && !isLocal job.repo) "network-online.target";
    in
    {
      description = "BorgBackup job ${name} timer";
      wantedBy = [ "timers.target" ];
      after = online;
      wants = online;
      timerConfig = {
        OnCalendar = job.startAt;
        Persistent = job.persistentTimer;
      };
    };

  # The folders that the service writes to must be there.
  folders =
    name: job:
    lib.genAttrs
      (
        map (folder: "${home name job}/${folder}") [
          ".config"
          ".cache"
          ".config/borg"
          ".cache/borg"
        ]
        ++ lib.optional (isLocal job.repo && !job.removableDevice) job.repo
      )
      (_: { d = { inherit (job) user group; }; });

  wrapper =
    job:
    pkgs.writeShellScriptBin job.wrapper ''
      set -a
      ${lib.toShellVars (environment job)}
      exec ${lib.getExe cfg.package} "$@"
    '';

  key =
    repo: appendOnly: public:
    let
      serve =
        "borg serve --restrict-to-${if repo.allowSubRepos then "path" else "repository"} ."
        + optionalString appendOnly " --append-only"
        + optionalString (repo.quota != null) " --storage-quota ${repo.quota}";
    in
    # In the file of keys, where quotes within quotes have a backslash.
    "command=\"${lib.replaceStrings [ "\"" ] [ "\\\"" ] "cd ${lib.escapeShellArg repo.path} && ${serve}"}\",restrict ${public}";

  # What borg prune has --keep-NAME for.
  rules = [
    "within"
    "last"
    "secondly"
    "minutely"
    "hourly"
    "daily"
    "weekly"
    "monthly"
    "13weekly"
    "3monthly"
    "yearly"
  ];
  unknownRules =
    name: job:
    map (rule: {
      assertion = false;
      message =
        "${lib.showOption [ "services" "borgbackup" "jobs" name "prune" "keep" rule ]} is not a rule that borg prune has. "
        + "Take one of ${lib.concatStringsSep ", " rules}.";
    }) (lib.subtractLists rules (lib.attrNames job.prune.keep));
in
{
  imports = [ ./borgbackup/options.nix ];

  config = lib.mkIf (cfg.jobs != { } || cfg.repos != { }) {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.borgbackup.jobs";
        }) (lib.attrNames cfg.jobs)
      )
      ++ import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.borgbackup.repos";
        }) (lib.attrNames cfg.repos)
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (name: job: [
          {
            assertion =
              job.encryption.mode == "none"
              || job.encryption.passCommand != null
              || job.encryption.passphrase != null;
            message =
              "services.borgbackup.jobs.${name}.encryption is `${job.encryption.mode}', which needs a passphrase. Set passCommand.";
          }
          {
            assertion = job.encryption.passCommand == null || job.encryption.passphrase == null;
            message =
              "services.borgbackup.jobs.${name}.encryption has passCommand and passphrase. Remove passphrase: everyone can read it.";
          }
          {
            assertion = (job.paths == null) != (job.dumpCommand == null);
            message =
              "services.borgbackup.jobs.${name} needs one of paths and dumpCommand. Set one of them.";
          }
          {
            assertion = isLocal job.repo || !job.removableDevice;
            message =
              "services.borgbackup.jobs.${name}.repo is on another machine, and no removable device. Remove removableDevice.";
          }
        ]) cfg.jobs
      )
      ++ lib.concatLists (lib.mapAttrsToList unknownRules cfg.jobs)
      ++ lib.mapAttrsToList (name: repo: {
        assertion = repo.authorizedKeys != [ ] || repo.authorizedKeysAppendOnly != [ ];
        message =
          "services.borgbackup.repos.${name} has no keys, so it cannot be reached. Set authorizedKeys.";
      }) cfg.repos;

    systemd.tmpfiles.settings = lib.mapAttrs' (
      name: job: lib.nameValuePair (service name) (folders name job)
    ) cfg.jobs;
    systemd.services =
      lib.mapAttrs' (name: job: lib.nameValuePair (service name) (unit name job)) cfg.jobs
      // lib.mapAttrs' (
        name: repo:
        lib.nameValuePair "borgbackup-repo-${name}" {
          description = "Folder of the BorgBackup repository ${name}";
          wantedBy = [ "multi-user.target" ];
          serviceConfig.Type = "oneshot";
          script = ''
            mkdir -p ${lib.escapeShellArg repo.path}
            chown ${lib.escapeShellArg "${repo.user}:${repo.group}"} ${lib.escapeShellArg repo.path}
          '';
        }
      ) cfg.repos;
    systemd.timers = lib.mapAttrs' (name: job: lib.nameValuePair (service name) (timer name job)) (
      lib.filterAttrs (_: job: job.startAt != [ ]) cfg.jobs
    );

    users = lib.mkMerge (
      lib.mapAttrsToList (_: repo: {
        users.${repo.user} = {
          openssh.authorizedKeys.keys =
            map (key repo false) repo.authorizedKeys
            ++ map (key repo true) repo.authorizedKeysAppendOnly;
          useDefaultShell = true;
          isSystemUser = true;
          inherit (repo) group;
        };
        groups.${repo.group} = { };
      }) cfg.repos
    );

    environment.systemPackages =
      [
        cfg.package
      ]
      # Debian recommends it, for `borg mount`.
      ++ lib.optional (import ../../../../pkgs/is-debian.nix cfg.package) pkgs.python3-pyfuse3
      ++ map wrapper (
        builtins.filter (job: job.wrapper != null && job.wrapper != "") (lib.attrValues cfg.jobs)
      );
  };
}
