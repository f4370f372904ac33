# podman: Debian's, with netavark's networks, and nftables for their rules.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.podman;
  prune = import ../../../lib/container-prune.nix {
    inherit config lib;
    name = "podman";
  };
  json = pkgs.formats.json { };

  # pasta carries the network of rootless containers since version 5, and slirp4netns before it.
  isRecent = lib.versionAtLeast (lib.getVersion cfg.package) "5";

  network = {
    dns_enabled = false;
    driver = "bridge";
    id = lib.fixedWidthString 64 "0" "";
    internal = false;
    ipam_options.driver = "host-local";
    ipv6_enabled = false;
    name = "podman";
    network_interface = "podman0";
    subnets = [
      {
        gateway = "10.88.0.1";
        subnet = "10.88.0.0/16";
      }
    ];
  } // cfg.defaultNetwork.settings;

  docker = pkgs.builtinDerivation "tree" {
    name = "podman-docker";
    entries = [
      {
        path = "bin/docker";
        target = "/usr/bin/podman";
      }
    ];
  };
in
{
  imports = [
    ./network-socket.nix
    (lib.mkRemovedOptionModule [
      "virtualisation"
      "podman"
      "defaultNetwork"
      "dnsname"
    ] "Use virtualisation.podman.defaultNetwork.settings.dns_enabled.")
    (lib.mkRemovedOptionModule [
      "virtualisation"
      "podman"
      "defaultNetwork"
      "extraPlugins"
    ] "The networks of podman are netavark's, which has no plugins of CNI.")
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "virtualisation" "podman" "enableNvidia" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "Debian has no container toolkit of Nvidia";
      }
    ])
  ];

  options.virtualisation.podman = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether podman is installed, which makes and runs containers of OCI images without a daemon.";
    };
    package = lib.mkPackageOption pkgs "podman" { };
    dockerSocket.enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether docker's socket, /run/docker.sock, is podman's. Members of the group `podman` may use it, which makes them root.";
    };
    dockerCompat = mkOption {
      type = types.bool;
      default = false;
      description = "Whether there is a program `docker`, which is podman.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.fuse-overlayfs ]";
      description = "Packages that podman can use, such as other runtimes.";
    };
    autoPrune = prune.options;
    defaultNetwork.settings = mkOption {
      type = types.attrsOf json.type;
      default = { };
      example = { dns_enabled = true; };
      description =
        "Settings of the network `podman`, in which containers are that name no other. With `dns_enabled`, containers find each "
        + "other by their names.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !(cfg.dockerCompat && config.virtualisation.docker.enable);
        message =
          "virtualisation.podman.dockerCompat makes podman the program `docker', which virtualisation.docker.enable has, too. "
          + "Remove one of them.";
      }
      {
        assertion = !(cfg.dockerSocket.enable && config.virtualisation.docker.enable);
        message =
          "virtualisation.podman.dockerSocket.enable makes docker's socket podman's, and virtualisation.docker.enable makes it "
          + "docker's. Remove one of them.";
      }
    ];

    environment.systemPackages =
      [
        cfg.package
        pkgs.aardvark-dns
        pkgs.catatonit
        # Its default runtime, on which Debian's podman does not depend where docker brings runc.
        pkgs.debianPackages.crun
        pkgs.debianPackages.dbus-user-session
        pkgs.debianPackages.uidmap
        pkgs.nftables
      ]
      ++ (if isRecent then [ pkgs.passt ] else [ pkgs.slirp4netns pkgs.iptables ])
      ++ cfg.extraPackages
      ++ lib.optional cfg.dockerCompat docker;

    environment.etc = {
      "containers/networks/podman.json" = lib.mkIf (cfg.defaultNetwork.settings != { }) {
        source = json.generate "podman.json" network;
      };
      # Debian's, without its line on /run/podman, which would keep the group podman out.
      "tmpfiles.d/podman.conf".text = ''
        x /tmp/podman-run-*
        x /tmp/storage-run-*
        x /tmp/containers-user-*
        x /tmp/run-*/libpod
        D! /var/lib/containers/storage/tmp 0700 root root
        D! /var/lib/cni/networks
        R! /var/tmp/container_images*
      '';
    };
    networking.firewall.interfaces = lib.mkIf network.dns_enabled {
      ${network.network_interface}.allowedUDPPorts = [ 53 ];
    };

    virtualisation.containers = {
      enable = true;
      containersConf.settings.network =
        { network_backend = "netavark"; }
        // lib.optionalAttrs isRecent { firewall_driver = lib.mkDefault "nftables"; };
    };

    users.groups.podman = { };

    systemd.services.podman = {
      overrideStrategy = "asDropin";
      environment = config.networking.proxy.envVars;
    };
    systemd.sockets.podman = {
      overrideStrategy = "asDropin";
      wantedBy = [ "sockets.target" ];
      socketConfig = {
        SocketGroup = "podman";
        Symlinks = lib.mkIf cfg.dockerSocket.enable [ "/run/docker.sock" ];
      };
    };
    systemd.user.services.podman = {
      overrideStrategy = "asDropin";
      environment = config.networking.proxy.envVars;
    };
    systemd.user.sockets.podman = {
      overrideStrategy = "asDropin";
      wantedBy = [ "sockets.target" ];
    };

    systemd.services.podman-prune = prune.service;
    systemd.timers.podman-prune = lib.mkIf cfg.autoPrune.enable {
      timerConfig = {
        Persistent = true;
        RandomizedDelaySec = 1800;
      };
    };
  };
}
