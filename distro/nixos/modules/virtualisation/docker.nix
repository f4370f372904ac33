# docker: Debian's, with its containerd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkOption types;
  cfg = config.virtualisation.docker;
  prune = import ../../lib/container-prune.nix {
    inherit config lib;
    name = "docker";
  };
  json = pkgs.formats.json { };
  settings = json.generate "daemon.json" cfg.daemon.settings;
  # Plugins of the program docker, which older suites do not have.
  plugins = map (name: pkgs.debianPackages.${name}) (
    builtins.filter (name: pkgs.debianPackages ? ${name}) [ "docker-buildx" "docker-compose" ]
  );
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "virtualisation"
      "docker"
      "socketActivation"
    ] "docker is always activated by its socket.")
    (lib.mkRenamedOptionModule
      [ "virtualisation" "docker" "liveRestore" ]
      [ "virtualisation" "docker" "daemon" "settings" "live-restore" ]
    )
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "virtualisation" "docker" "enableNvidia" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "Debian has no container toolkit of Nvidia";
      }
    ])
  ];

  options.virtualisation.docker = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether there is docker and its daemon. Members of the group `docker` may use it, which makes them root.";
    };
    package = lib.mkPackageOption pkgs "docker" { };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.criu ]";
      description = "Packages whose programs the daemon can use.";
    };
    listenOptions = mkOption {
      type = types.listOf types.str;
      default = [ "/run/docker.sock" ];
      description =
        "Sockets and addresses that the daemon listens on, as `ListenStream=` in systemd.socket(5).";
    };
    enableOnBoot = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the daemon starts at boot, which containers with `--restart=always` need, or else when it is first used.";
    };
    daemon.settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options.live-restore = mkOption {
          type = types.bool;
          default = lib.versionOlder config.system.stateVersion "24.11";
          defaultText = lib.literalMD "whether `system.stateVersion` is before 24.11";
          description =
            "Whether containers go on running while the daemon does not. Swarms cannot have it.";
        };
      };
      default = { };
      example = {
        ipv6 = true;
        fixed-cidr-v6 = "fd00::/80";
      };
      description = "Settings of the daemon: its daemon.json, see dockerd(8).";
    };
    storageDriver = mkOption {
      type = types.nullOr (types.enum [ "aufs" "btrfs" "devicemapper" "overlay" "overlay2" "zfs" ]);
      default = null;
      description = "How images and containers are stored. If null, docker chooses.";
    };
    logDriver = mkOption {
      type = types.enum [
        "none"
        "json-file"
        "syslog"
        "journald"
        "gelf"
        "fluentd"
        "awslogs"
        "splunk"
        "etwlogs"
        "gcplogs"
        "local"
      ];
      default = "journald";
      description = "Where the output of containers goes.";
    };
    extraOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      example = "--debug";
      description = "Further options of the daemon, as in a unit's `ExecStart=`.";
    };
    autoPrune = prune.options // {
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
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package pkgs.kmod ] ++ plugins ++ cfg.extraPackages;
    users.groups.docker.gid = 131;

    boot.kernelModules = [ "bridge" "veth" "br_netfilter" "xt_nat" ];
    boot.kernel.sysctl = {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 98 true;
      "net.ipv4.conf.default.forwarding" = lib.mkOverride 98 true;
    };

    virtualisation.docker.daemon.settings = {
      containerd = mkDefault "/run/containerd/containerd.sock";
      group = mkDefault "docker";
      hosts = [ "fd://" ];
      log-driver = mkDefault cfg.logDriver;
      storage-driver = lib.mkIf (cfg.storageDriver != null) (mkDefault cfg.storageDriver);
    };

    systemd.services.docker = {
      overrideStrategy = "asDropin";
      wantedBy = lib.optional cfg.enableOnBoot "multi-user.target";
      environment = config.networking.proxy.envVars;
      serviceConfig.ExecStart = [
        ""
        "/usr/sbin/dockerd --config-file=${settings} ${cfg.extraOptions}"
      ];
    };
    systemd.sockets.docker = {
      description = "docker's socket";
      wantedBy = [ "sockets.target" ];
      socketConfig = {
        ListenStream = cfg.listenOptions;
        SocketMode = "0660";
        SocketUser = "root";
        SocketGroup = "docker";
      };
    };

    systemd.services.docker-prune = prune.service // {
      after = [ "docker.service" ];
      requires = [ "docker.service" ];
    };
    systemd.timers.docker-prune = lib.mkIf cfg.autoPrune.enable {
      timerConfig = {
        RandomizedDelaySec = cfg.autoPrune.randomizedDelaySec;
        Persistent = cfg.autoPrune.persistent;
      };
    };
  };
}
