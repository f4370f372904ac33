# Transmission's daemon, which downloads by BitTorrent.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) escapeShellArg mkDefault mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.transmission;
  inherit (cfg) settings;
  account = import ../../../lib/service-account.nix { inherit lib; } "transmission" {
    inherit (cfg) user group home;
    description = "Transmission";
  };
  json = pkgs.formats.json { };
  # Debian has the daemon and the programs to use it in packages of their own.
  daemon =
    if import ../../../../pkgs/is-debian.nix cfg.package then
      pkgs.debianPackages.transmission-daemon
    else
      cfg.package;

  configDir = "${cfg.home}/.config/transmission-daemon";
  directories =
    [ settings.download-dir ]
    ++ lib.optional settings.incomplete-dir-enabled settings.incomplete-dir
    ++ lib.optional settings.watch-dir-enabled settings.watch-dir;
  owner = "-o ${escapeShellArg cfg.user} -g ${escapeShellArg cfg.group}";
  prepare = pkgs.writeShellScript "transmission-prepare" ''
    set -eu
    install -d -m 750 ${owner} ${escapeShellArg cfg.home}
    install -d -m 700 ${owner} ${escapeShellArg configDir}
    ${
      lib.concatMapStrings (
        directory:
        if cfg.downloadDirPermissions != null then
          "install -d -m ${escapeShellArg cfg.downloadDirPermissions} ${owner} ${escapeShellArg directory}\n"
        else
          "[ -d ${escapeShellArg directory} ] || install -d -m 755 ${owner} ${escapeShellArg directory}\n"
      ) directories
    }
    jq --slurp add ${json.generate "settings.json" settings} ${escapeShellArg cfg.credentialsFile} |
      install -D -m 600 ${owner} /dev/stdin ${escapeShellArg "${configDir}/settings.json"}
  '';

  port = option types.port;
  flag = option types.bool false;
  ports = {
    from = settings.peer-port-random-low;
    to = settings.peer-port-random-high;
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "transmission" "port" ]
      [ "services" "transmission" "settings" "rpc-port" ]
    )
    # Another name.
    (lib.doRename {
      from = [ "services" "transmission" "openFirewall" ];
      to = [ "services" "transmission" "openPeerPorts" ];
      visible = false;
      warn = false;
      use = x: x;
    })
  ];

  options.services.transmission = {
    enable = lib.mkEnableOption "Transmission's daemon, which downloads by BitTorrent";
    package = lib.mkPackageOption pkgs "transmission" { };
    settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options = {
          download-dir = option types.path "${cfg.home}/Downloads" "Where downloads go.";
          incomplete-dir =
            option
              types.path
              "${cfg.home}/.incomplete"
              "Where downloads are until they are complete.";
          incomplete-dir-enabled = option types.bool true "Whether `incomplete-dir` is used.";
          message-level = option (types.ints.between 0 6) 2 "How much is logged.";
          peer-port = port 51413 "The port at which others connect.";
          peer-port-random-high = port 65535 "The highest of the random ports.";
          peer-port-random-low = port 65535 "The lowest of the random ports.";
          peer-port-random-on-start = flag "Whether the port is another one at each start.";
          rpc-bind-address =
            option types.str "127.0.0.1" "The address at which the daemon is controlled.";
          rpc-port = port 9091 "The port at which the daemon is controlled.";
          script-torrent-done-enabled = flag "Whether `script-torrent-done-filename` is run.";
          script-torrent-done-filename =
            option
              (types.nullOr types.path)
              null
              "A program that is run when a download is complete.";
          umask =
            option
              (types.either types.int types.str)
              "022"
              "The permission bits that files do not get.";
          utp-enabled = option types.bool true "Whether the protocol µTP is used.";
          watch-dir =
            option types.path "${cfg.home}/watchdir" "A directory whose torrents are downloaded.";
          watch-dir-enabled = flag "Whether `watch-dir` is used.";
          trash-original-torrent-files =
            flag "Whether torrents of `watch-dir` are removed once they are known.";
        };
      };
      default = { };
      example = { ratio-limit-enabled = true; };
      description =
        "Settings of settings.json, which take the place of what was set by hand at each start.";
    };
    credentialsFile = mkOption {
      type = types.machineFile;
      default = "/dev/null";
      example = "/run/secrets/transmission.json";
      description = "A file in the machine with further settings as JSON, such as `rpc-password`.";
    };
    downloadDirPermissions = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "770";
      description =
        "The permission bits of the directories of downloads; null leaves those that are there.";
    };
    home = mkOption {
      type = types.path;
      default = "/var/lib/transmission";
      description =
        "Where its configuration is, and its downloads unless `settings` have another place.";
    };
    user = mkOption {
      type = types.str;
      default = "transmission";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "transmission";
      description = "The group in which it runs.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--log-level=debug" ];
      description = "Further arguments of the daemon.";
    };
    openPeerPorts = lib.mkEnableOption "the port for other peers in the firewall";
    openRPCPort = lib.mkEnableOption "the port for control in the firewall";
    performanceNetParameters =
      lib.mkEnableOption "settings of the kernel for many connections at once";
    webHome = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The directory of another web interface.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    users = account;

    systemd.services.transmission = {
      description = "Transmission";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.jq ];
      environment = {
        CURL_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
        TRANSMISSION_WEB_HOME = if cfg.webHome == null then null else "${cfg.webHome}";
      };
      serviceConfig = import ../../../lib/hardening.nix // {
        Type = "notify";
        User = cfg.user;
        Group = cfg.group;
        # The credentials may be root's alone.
        ExecStartPre = "+${prepare}";
        ExecStart = "${daemon}/bin/transmission-daemon -f ${utils.escapeSystemdExecArgs ([ "-g" configDir ] ++ cfg.extraFlags)}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        UMask = "0066";
        CapabilityBoundingSet = "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = mkDefault true;
        PrivateTmp = true;
        ProtectSystem = "full";
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
        SystemCallFilter = "@system-service";
        SystemCallErrorNumber = "EPERM";
      };
    };

    networking.firewall = {
      allowedTCPPorts =
        lib.optional (cfg.openPeerPorts && !settings.peer-port-random-on-start) settings.peer-port
        ++ lib.optional cfg.openRPCPort settings.rpc-port;
      allowedUDPPorts =
        lib.optional (cfg.openPeerPorts && !settings.peer-port-random-on-start) settings.peer-port;
      allowedTCPPortRanges =
        lib.optional (cfg.openPeerPorts && settings.peer-port-random-on-start) ports;
      allowedUDPPortRanges =
        lib.optional (cfg.openPeerPorts && settings.peer-port-random-on-start) ports;
    };

    boot.kernel.sysctl = lib.mapAttrs (_: mkDefault) (
      lib.optionalAttrs settings.utp-enabled {
        "net.core.rmem_max" = 4194304;
        "net.core.wmem_max" = 1048576;
      }
      // lib.optionalAttrs cfg.performanceNetParameters {
        "net.ipv4.ip_local_port_range" = "16384 65535";
        "net.netfilter.nf_conntrack_generic_timeout" = 60;
        "net.netfilter.nf_conntrack_tcp_timeout_established" = 600;
        "net.netfilter.nf_conntrack_tcp_timeout_time_wait" = 1;
        "net.netfilter.nf_conntrack_max" = 1048576;
      }
    );
    # Its settings are there once it is loaded.
    boot.kernelModules = lib.optional cfg.performanceNetParameters "nf_conntrack";
  };
}
