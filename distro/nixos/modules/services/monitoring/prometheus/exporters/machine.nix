# Exporters of metrics about the machine itself: the kernel, processes, disks, power.
{ lib, pkgs, ... }:

let
  lineTypes = import ../../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) types;
  inherit (import ./fields.nix { inherit lib; })
    bool
    collectorArguments
    collectors
    configFile
    given
    option
    orNull
    str
    strings
    telemetry
    telemetryPath
    withSockets
    ;
in
{
  apcupsd = {
    port = 9162;
    options = {
      apcupsdAddress = str ":3551" "The address of apcupsd.";
      apcupsdNetwork = option (types.enum [ "tcp" "tcp4" "tcp6" ]) "tcp" "How it is reached.";
    };
    program = "apcupsd_exporter";
    listen = cfg: [ "-telemetry.addr=${cfg.listenAddress}:${toString cfg.port}" ];
    arguments = cfg: [
      "-apcupsd.addr=${cfg.apcupsdAddress}"
      "-apcupsd.network=${cfg.apcupsdNetwork}"
    ];
  };

  ipmi = {
    port = 9290;
    package = "prometheus-ipmi-exporter";
    options = {
      inherit configFile;
      webConfigFile =
        orNull types.path "A file that says how its page is protected by TLS and passwords.";
    };
    arguments =
      cfg: given "--config.file" cfg.configFile ++ given "--web.config.file" cfg.webConfigFile;
    service = _: { serviceConfig.NoNewPrivileges = false; };
  };

  libvirt = {
    port = 9177;
    package = "prometheus-libvirt-exporter";
    options.libvirtUri = str "qemu:///system" "The address of libvirt.";
    arguments = cfg: [ "--libvirt.uri=${cfg.libvirtUri}" ];
    service = _: withSockets;
  };

  node = {
    port = 9100;
    package = "prometheus-node-exporter";
    dynamic = false;
    options = collectors;
    arguments =
      cfg:
      collectorArguments cfg
      # On in Debian's program only.
      ++ lib.optional
        (
          !(lib.elem "systemd" (cfg.enabledCollectors ++ cfg.disabledCollectors))
          && !(lib.any (lib.hasInfix "collector.systemd") cfg.extraFlags)
        )
        "--no-collector.systemd";
    service =
      cfg:
      let
        has = name: lib.elem name cfg.enabledCollectors;
      in
      {
        serviceConfig = {
          RuntimeDirectory = "prometheus-node-exporter";
          # Where Debian's program looks for further metrics in files.
          StateDirectory = "prometheus/node-exporter";
          RestrictAddressFamilies =
            [ "AF_INET" "AF_INET6" "AF_NETLINK" ]
            # logind and systemd are reached by a socket.
            ++ lib.optional (has "logind" || has "systemd") "AF_UNIX"
            # Network cards are read by raw sockets.
            ++ lib.optional (has "ethtool" || has "wifi") "AF_PACKET";
          ProtectClock = !(has "timex");
        };
      };
  };

  nut = {
    port = 9199;
    options = {
      nutServer = str "127.0.0.1" "The server of NUT.";
      nutUser = str "" "The user's name there.";
      passwordPath = orNull lineTypes.machineFile "A file with lines NUT_EXPORTER_PASSWORD=value.";
      nutVariables = strings "The variables that become metrics.";
    };
    program = "nut_exporter";
    arguments =
      cfg:
      [ "--nut.server=${cfg.nutServer}" ]
      ++ lib.optional (cfg.nutUser != "") "--nut.username=${cfg.nutUser}"
      ++ lib.optional
        (cfg.nutVariables != [ ])
        "--nut.vars_enable=${lib.concatStringsSep "," cfg.nutVariables}";
    service = cfg: {
      serviceConfig.EnvironmentFile = lib.optional (cfg.passwordPath != null) cfg.passwordPath;
    };
  };

  nvidia-gpu = {
    port = 9835;
    program = "nvidia_gpu_exporter";
    service = _: {
      serviceConfig = {
        PrivateDevices = false;
        DeviceAllow = [ "/dev/nvidia0 rw" "/dev/nvidiactl rw" "/dev/nvidia-uvm rw" ];
      };
    };
  };

  process = {
    port = 9256;
    package = "prometheus-process-exporter";
    dynamic = false;
    options.settings.process_names =
      option
        (types.listOf (pkgs.formats.yaml { }).type)
        [ ]
        "Which processes are counted, and under which names.";
    arguments = cfg: [
      "--config.path=${(pkgs.formats.yaml { }).generate "process-exporter.yaml" cfg.settings}"
    ];
  };

  smartctl = {
    port = 9633;
    program = "smartctl_exporter";
    options = {
      devices = strings "The disks: all of them if there are none." // {
        example = [ "/dev/sda" ];
      };
      maxInterval = str "60s" "How often a disk is asked at most.";
    };
    arguments =
      cfg:
      [
        "--smartctl.path=${pkgs.smartmontools}/bin/smartctl"
        "--smartctl.interval=${cfg.maxInterval}"
      ]
      ++ map (device: "--smartctl.device=${device}") cfg.devices;
    service = _: {
      serviceConfig = {
        AmbientCapabilities = [ "CAP_SYS_RAWIO" "CAP_SYS_ADMIN" ];
        CapabilityBoundingSet = [ "CAP_SYS_RAWIO" "CAP_SYS_ADMIN" ];
        DevicePolicy = "closed";
        DeviceAllow = [ "block-blkext rw" "block-sd rw" "char-nvme rw" ];
        PrivateDevices = false;
        SupplementaryGroups = [ "disk" ];
      };
    };
  };

  systemd = {
    port = 9558;
    program = "systemd_exporter";
    service = _: withSockets;
  };

  zfs = {
    port = 9134;
    program = "zfs_exporter";
    options = {
      inherit telemetryPath;
      pools = option (types.listOf types.str) [ ] "The pools: all of them if there are none.";
    };
    arguments = cfg: telemetry cfg ++ map (pool: "--pool=${pool}") cfg.pools;
  };
}
