# The push gateway: metrics of jobs that end before Prometheus could read them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;
  cfg = config.services.prometheus.pushgateway;
  inherit (import ../../../../lib/formats/text.nix { inherit lib; }) line;
  flags =
    {
      "web.listen-address" = cfg.web.listen-address;
      "web.telemetry-path" = cfg.web.telemetry-path;
      "web.external-url" = cfg.web.external-url;
      "web.route-prefix" = cfg.web.route-prefix;
      "persistence.interval" = cfg.persistence.interval;
      "log.level" = cfg.log.level;
      "log.format" = cfg.log.format;
    }
    // lib.optionalAttrs cfg.persistMetrics {
      "persistence.file" = "/var/lib/${cfg.stateDir}/metrics";
    };
in
{
  options.services.prometheus.pushgateway = {
    enable = lib.mkEnableOption "Prometheus' push gateway, to which short jobs send their metrics";
    package = lib.mkPackageOption pkgs "prometheus-pushgateway" { };
    web.listen-address =
      orNull types.str "The address and the port it listens on: `:9091` if it is not set.";
    web.telemetry-path = orNull types.str "The path of metrics: `/metrics` if it is not set.";
    web.external-url = orNull types.str "The address under which others reach it.";
    web.route-prefix =
      orNull types.str "The prefix of its paths: that of `external-url` if it is not set.";
    persistence.interval =
      orNull types.str "How often metrics are saved: every `5m` if it is not set.";
    log.level =
      orNull
        (types.enum [ "debug" "info" "warn" "error" "fatal" ])
        "The least severe messages that are logged.";
    log.format = orNull types.str "How messages are written: `logfmt` or `json`.";
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments, as they stand on the command line of a unit.";
    };
    persistMetrics = mkOption {
      type = types.bool;
      default = false;
      description = "Whether metrics outlast a restart.";
    };
    stateDir = mkOption {
      type = types.strMatching "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*";
      default = "pushgateway";
      description = "The folder below /var/lib for them.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.pushgateway = {
      description = "Metrics of short jobs";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          [ "${cfg.package}/bin/pushgateway" ]
          ++ lib.mapAttrsToList (name: v: utils.escapeSystemdExecArg "--${name}=${v}") (
            lib.filterAttrs (_: v: v != null) flags
          )
          ++ map
            (line {
              option = "services.prometheus.pushgateway.extraFlags";
              file = "a unit";
            })
            cfg.extraFlags
        );
        Restart = "always";
        DynamicUser = true;
        StateDirectory = lib.mkIf cfg.persistMetrics cfg.stateDir;
        CapabilityBoundingSet = [ "" ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        ProtectHome = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" ];
      };
    };
  };
}
