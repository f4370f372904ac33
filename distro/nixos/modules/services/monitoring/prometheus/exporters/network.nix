# Exporters of metrics about the network: routers, tunnels, time, probes of other machines.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) types;
  checkedFile = import ../../../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ./fields.nix { inherit lib; })
    address
    bool
    collectorArguments
    collectors
    flagged
    oneOf
    option
    orNull
    required
    str
    strings
    telemetry
    telemetryPath
    withSockets
    ;
  capability = name: {
    serviceConfig = {
      AmbientCapabilities = [ name ];
      CapabilityBoundingSet = [ name ];
    };
  };
  yaml = pkgs.formats.yaml { };
in
{
  bird = {
    port = 9324;
    package = "prometheus-bird-exporter";
    options = {
      birdVersion = option (types.enum [ 1 2 ]) 2 "The version of BIRD.";
      birdSocket = option types.path "/run/bird/bird.ctl" "The socket of BIRD.";
      newMetricFormat = option types.bool true "Whether the names of metrics are the newer ones.";
    };
    arguments = cfg: [
      "-bird.socket=${cfg.birdSocket}"
      "-bird.v2=${lib.boolToString (cfg.birdVersion == 2)}"
      "-format.new=${lib.boolToString cfg.newMetricFormat}"
    ];
    service =
      _:
      lib.mkMerge [
        withSockets
        { serviceConfig.SupplementaryGroups = [ "bird" ]; }
      ];
  };

  blackbox = {
    port = 9115;
    package = "prometheus-blackbox-exporter";
    options = {
      configFile = required types.path "Its configuration file.";
      enableConfigCheck =
        option
          types.bool
          true
          "Whether the file is checked when it is made. One of the machine's cannot be.";
    };
    arguments = cfg: [
      "--config.file=${
        # A path of the machine's, written as text, is not there when the file is made.
        if
          cfg.enableConfigCheck
          && (
            builtins.isPath cfg.configFile
            || lib.isStorePath cfg.configFile
            || lib.isDerivation cfg.configFile
          )
        then
          checkedFile {
            name = "blackbox.yml";
            source = cfg.configFile;
            option = "services.prometheus.exporters.blackbox.configFile";
            packages = [ cfg.package ];
            check = ''${lib.getExe cfg.package} --config.check --config.file="$file"'';
          }
        else
          cfg.configFile
      }"
    ];
    service =
      _:
      lib.mkMerge [
        # For pings.
        (capability "CAP_NET_RAW")
        { serviceConfig.ExecReload = "/bin/kill -HUP $MAINPID"; }
      ];
  };

  chrony = {
    port = 9123;
    program = "chrony_exporter";
    options = collectors // {
      chronyServerAddress = str "unix:///run/chrony/chronyd.sock" "The address of chronyd.";
    };
    arguments = cfg: [ "--chrony.address=${cfg.chronyServerAddress}" ] ++ collectorArguments cfg;
    service = _: withSockets;
  };

  frr = {
    port = 9342;
    package = "prometheus-frr-exporter";
    dynamic = false;
    options = collectors;
    arguments = collectorArguments;
    service =
      _:
      lib.mkMerge [
        withSockets
        { serviceConfig.SupplementaryGroups = [ "frrvty" ]; }
      ];
  };

  kea = {
    port = 9547;
    program = "kea-exporter";
    options.targets = required (types.listOf types.str) "Sockets and addresses of Kea." // {
      example = [ "/run/kea/kea-dhcp4.socket" ];
    };
    listen = cfg: [ "--address" cfg.listenAddress "--port" (toString cfg.port) ];
    arguments = cfg: cfg.targets;
    service = _: withSockets;
  };

  ping = {
    port = 9427;
    program = "ping_exporter";
    options = {
      inherit telemetryPath;
      settings =
        option
          (types.attrsOf yaml.type)
          { }
          "Its configuration: the targets, and how often they are pinged.";
    };
    arguments =
      cfg: telemetry cfg ++ [ "--config.path=${yaml.generate "ping-exporter.yml" cfg.settings}" ];
    service = _: capability "CAP_NET_RAW";
  };

  smokeping = {
    port = 9374;
    package = "prometheus-smokeping-prober";
    options = {
      inherit telemetryPath;
      pingInterval =
        option
          (types.strMatching "([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h))+")
          "1s"
          "How often each host is pinged.";
      buckets =
        option
          types.commas
          (lib.concatStringsSep "," (
            map toString [
              "5e-05"
              "0.0001"
              "0.0002"
              "0.0004"
              "0.0008"
              "0.0016"
              "0.0032"
              "0.0064"
              "0.0128"
              "0.0256"
              "0.0512"
              "0.1024"
              "0.2048"
              "0.4096"
              "0.8192"
              "1.6384"
              "3.2768"
              "6.5536"
              "13.1072"
              "26.2144"
            ]
          ))
          "The limits of the histogram of times.";
      hosts = required (types.listOf types.str) "The hosts.";
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [ "--buckets=${cfg.buckets}" "--ping.interval=${cfg.pingInterval}" "--privileged" ]
      ++ cfg.hosts;
    service = _: capability "CAP_NET_RAW";
  };

  snmp = {
    port = 9116;
    package = "prometheus-snmp-exporter";
    options = {
      configurationPath = orNull types.path "Its configuration file.";
      configuration =
        orNull (types.attrsOf (pkgs.formats.yaml { }).type) "Its configuration, instead of a file.";
      enableConfigCheck =
        option types.bool true "Whether the configuration is checked when it is made.";
      environmentFile =
        orNull
          lineTypes.machineFile
          "A file of the machine's with lines NAME=value, which the configuration may name as \${NAME}.";
      logFormat = option (types.enum [ "logfmt" "json" ]) "logfmt" "How messages are written.";
      logLevel =
        option
          (types.enum [ "debug" "info" "warn" "error" ])
          "info"
          "The least severe messages that are logged.";
    };
    arguments =
      cfg:
      let
        isText =
          cfg.configurationPath != null
          && builtins.isString cfg.configurationPath
          && !lib.isStorePath cfg.configurationPath;
        source =
          if cfg.configurationPath != null then
            cfg.configurationPath
          else
            yaml.generate "snmp.yml" cfg.configuration;
      in
      [
        "--config.file=${
          if cfg.enableConfigCheck && !isText then
            checkedFile {
              name = "snmp.yml";
              inherit source;
              option = "services.prometheus.exporters.snmp.${
                if cfg.configurationPath != null then "configurationPath" else "configuration"
              }";
              packages = [ cfg.package ];
              check = ''${lib.getExe cfg.package} --dry-run --config.file="$file"'';
            }
          else
            source
        }"
        "--log.format=${cfg.logFormat}"
        "--log.level=${cfg.logLevel}"
      ]
      ++ flagged "--config.expand-environment-variables" (cfg.environmentFile != null);
    assertions = cfg: oneOf cfg "configurationPath" "configuration";
    service = cfg: {
      serviceConfig.EnvironmentFile =
        lib.optional (cfg.environmentFile != null) cfg.environmentFile;
    };
  };

  statsd = {
    port = 9102;
    program = "statsd_exporter";
  };

  wireguard = {
    port = 9586;
    program = "prometheus_wireguard_exporter";
    options = {
      verbose = bool "Whether it logs more.";
      wireguardConfig =
        orNull
          (types.either types.path types.str)
          "A configuration of wg-quick with the peers' names.";
      interfaces = strings "The interfaces: all of them if there are none.";
      singleSubnetPerField = bool "Whether each allowed network has a label of its own.";
      withRemoteIp = bool "Whether a peer's address is a label.";
      latestHandshakeDelay = bool "Whether there is the time since the last handshake.";
      prependSudo = bool "Whether wg is called by way of sudo.";
    };
    listen = cfg: [ "-p" (toString cfg.port) "-l" cfg.listenAddress ];
    arguments =
      cfg:
      lib.concatMap (flag: [ flag "true" ]) (
        flagged "-v" cfg.verbose
        ++ flagged "-s" cfg.singleSubnetPerField
        ++ flagged "-r" cfg.withRemoteIp
        ++ flagged "-d" cfg.latestHandshakeDelay
        ++ flagged "-a" cfg.prependSudo
      )
      ++ lib.optionals (cfg.wireguardConfig != null) [ "-n" cfg.wireguardConfig ]
      ++ lib.concatMap (name: [ "-i" name ]) cfg.interfaces;
    service =
      _:
      lib.mkMerge [
        (capability "CAP_NET_ADMIN")
        {
          path = [ pkgs.wireguard-tools ];
          serviceConfig.RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" ];
        }
      ];
  };
}
