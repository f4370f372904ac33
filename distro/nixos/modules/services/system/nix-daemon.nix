# Nix in the machine: Debian's, with its daemon, over the store that the machine was made from.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.nix;

  builders = lib.genList (n: n + 1) cfg.nrBuildUsers;

  # The options of work that runs at certain times.
  timer = what: {
    automatic = mkOption {
      type = types.bool;
      default = false;
      description = "Whether ${what} at the times of `dates`.";
    };
    dates = mkOption {
      type = types.coercedTo types.singleLineStr lib.singleton (types.listOf types.singleLineStr);
      default = [ "03:15" ];
      example = "weekly";
      description = "When, as in systemd.time(7).";
    };
    randomizedDelaySec = mkOption {
      type = types.singleLineStr;
      default = "0";
      example = "45min";
      description = "The longest random time that is added to each date.";
    };
    persistent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether what was missed while the machine was off is made up for.";
    };
  };
  timed = options: {
    startAt = lib.optionals options.automatic options.dates;
    timer = mkIf options.automatic {
      timerConfig = {
        RandomizedDelaySec = options.randomizedDelaySec;
        Persistent = options.persistent;
      };
    };
  };
  collect = timed cfg.gc;
  optimise = timed cfg.optimise;
in
{
  options.nix = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the machine has Nix, which is Debian's, its daemon, and a store in which the paths that the machine was made of are "
        + "known. NixOS has it by default.";
    };
    package = lib.mkPackageOption pkgs "nix" { };
    daemonCPUSchedPolicy = mkOption {
      type = types.enum [ "other" "batch" "idle" ];
      default = "other";
      description = "How processors are shared with builds: see sched(7).";
    };
    daemonIOSchedClass = mkOption {
      type = types.enum [ "best-effort" "idle" ];
      default = "best-effort";
      description = "How disks are shared with builds: see ioprio_set(2).";
    };
    daemonIOSchedPriority = mkOption {
      type = types.ints.between 0 7;
      default = 4;
      description = "The priority of builds for disks, from 0 (the highest) to 7.";
    };
    envVars = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      description = "Environment variables of the daemon.";
    };
    nrBuildUsers = mkOption {
      type = types.ints.between 0 1000;
      default = 32;
      description = "How many users there are for builds, each of which needs one.";
    };
    gc = timer "store paths that nothing needs are removed" // {
      options = mkOption {
        type = types.separatedString " ";
        default = "";
        example = "--delete-older-than 30d";
        description = "Arguments of nix-collect-garbage.";
      };
    };
    optimise = timer "files of the same contents are made one in the store";
    sshServe = {
      enable =
        lib.mkEnableOption
          "the user `nix-ssh`, through whom other machines fetch paths of this store over ssh";
      write = mkOption {
        type = types.bool;
        default = false;
        description = "Whether they may add paths, too.";
      };
      trusted = mkOption {
        type = types.bool;
        default = false;
        description = "Whether `nix-ssh` is a trusted user of the daemon.";
      };
      keys = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Public keys that may log in as `nix-ssh`.";
      };
      protocol = mkOption {
        type = types.enum [ "ssh" "ssh-ng" ];
        default = "ssh";
        description = "The protocol that is spoken.";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      environment.systemPackages = [ cfg.package ];
      system.basePackages = [ "nix-setup-systemd" ];

      users.groups.nixbld.gid = 30000;
      users.groups.nix-users = { };
      users.users = builtins.listToAttrs (
        map (n: {
          name = "nixbld${toString n}";
          value = {
            description = "Nix build user ${toString n}";
            uid = 30000 + n;
            isSystemUser = true;
            group = "nixbld";
            extraGroups = [ "nixbld" ];
          };
        }) builders
      );

      systemd.tmpfiles.rules = [
        "d /nix/var/nix/daemon-socket 0755 root root -"
        "d /nix/var/nix/gcroots 0755 root root -"
        "d /nix/var/nix/gcroots/per-user 0755 root root -"
        "d /nix/var/nix/profiles 0755 root root -"
        "d /nix/var/nix/profiles/per-user 0755 root root -"
        "d /nix/var/nix/temproots 0755 root root -"
        "L+ /nix/var/nix/gcroots/current-system - - - - /run/current-system"
        "L+ /nix/var/nix/gcroots/booted-system - - - - /run/booted-system"
      ];

      systemd.sockets.nix-daemon = {
        overrideStrategy = "asDropin";
        wantedBy = [ "sockets.target" ];
      };
      systemd.services.nix-daemon = {
        overrideStrategy = "asDropin";
        environment = {
          CURL_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
        } // cfg.envVars;
        serviceConfig = {
          CPUSchedulingPolicy = cfg.daemonCPUSchedPolicy;
          IOSchedulingClass = cfg.daemonIOSchedClass;
          IOSchedulingPriority = cfg.daemonIOSchedPriority;
        };
        restartTriggers = [ config.environment.etc."nix/nix.conf".text ];
        stopIfChanged = false;
      };

      systemd.services.nix-gc = {
        description = "Removal of store paths that nothing needs";
        script = "exec nix-collect-garbage ${cfg.gc.options}";
        serviceConfig.Type = "oneshot";
        inherit (collect) startAt;
        restartIfChanged = false;
      };
      systemd.timers.nix-gc = collect.timer;
      systemd.services.nix-optimise = {
        description = "Files of the same contents become one in the store";
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "/usr/bin/nix-store --optimise";
        };
        inherit (optimise) startAt;
        restartIfChanged = false;
      };
      systemd.timers.nix-optimise = optimise.timer;
    })
    (mkIf (cfg.enable && cfg.sshServe.enable) {
      users.groups.nix-ssh = { };
      users.users.nix-ssh = {
        description = "Access to the store of Nix over ssh";
        isSystemUser = true;
        group = "nix-ssh";
        useDefaultShell = true;
        openssh.authorizedKeys.keys = cfg.sshServe.keys;
      };
      nix.settings.trusted-users = lib.optional cfg.sshServe.trusted "nix-ssh";
      services.openssh.enable = true;
      services.openssh.extraConfig = ''
        Match User nix-ssh
          AllowAgentForwarding no
          AllowTcpForwarding no
          PermitTTY no
          PermitTunnel no
          X11Forwarding no
          ForceCommand /usr/bin/${
            if cfg.sshServe.protocol == "ssh" then
              "nix-store --serve${lib.optionalString cfg.sshServe.write " --write"}"
            else
              "nix-daemon --stdio"
          }
        Match All
      '';
    })
    (mkIf (!cfg.enable) {
      warnings =
        let
          set = builtins.filter (name: lib.getAttrFromPath name cfg) [
            [ "gc" "automatic" ]
            [ "optimise" "automatic" ]
            [ "sshServe" "enable" ]
          ];
        in
        lib.optional (set != [ ]) (
          "${lib.showOption ([ "nix" ] ++ lib.head set)} has no effect, because the machine has no Nix. Set nix.enable = true to have "
          + "it, or remove the setting."
        );
    })
  ];
}
