# The alert manager: what becomes of alerts.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus.alertmanager;
  checkedFile = import ../../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../../lib/formats { inherit lib; }) json;
  inherit (import ../../../../lib/formats/text.nix { inherit lib; }) line;

  source = pkgs.writeText "alertmanager.yml" (
    if cfg.configText != null then cfg.configText else json.pretty cfg.configuration
  );
  checked =
    if cfg.checkConfig then
      checkedFile {
        name = "alertmanager.yml";
        inherit source;
        option = "services.prometheus.alertmanager.${if cfg.configText != null then "configText" else "configuration"}";
        packages = [ cfg.package ];
        check = ''amtool check-config "$file"'';
      }
    else
      source;
  # Variables are replaced when it starts, as their values are secrets.
  substituted = cfg.environmentFile != null;
  file = if substituted then "/run/alertmanager/alertmanager.yml" else checked;
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "prometheus"
      "alertmanager"
      "user"
    ] "systemd makes the user.")
    (lib.mkRemovedOptionModule [
      "services"
      "prometheus"
      "alertmanager"
      "group"
    ] "systemd makes the group.")
  ];

  options.services.prometheus.alertmanager = {
    enable = lib.mkEnableOption "Prometheus' alert manager, which sends alerts to people";
    package = lib.mkPackageOption pkgs "prometheus-alertmanager" { };
    configuration = mkOption {
      type = types.nullOr (types.attrsOf (pkgs.formats.yaml { }).type);
      default = null;
      example = {
        route.receiver = "default";
        receivers = [ { name = "default"; } ];
      };
      description = "Its configuration file: routes, receivers, templates.";
    };
    configText = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "The text of that file, instead of `configuration`.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether amtool checks the file when it is made.";
    };
    logFormat = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "How messages are written: `logfmt` or `json`.";
    };
    logLevel = mkOption {
      type = types.enum [ "debug" "info" "warn" "error" "fatal" ];
      default = "warn";
      description = "The least severe messages that are logged.";
    };
    webExternalUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The address under which others reach it, for links in what it sends.";
    };
    listenAddress = mkOption {
      type = types.str;
      default = "";
      description = "The address it listens on: all of them if it is empty.";
    };
    port = mkOption {
      type = types.port;
      default = 9093;
      description = "The port it listens on.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets connections to the port pass.";
    };
    clusterPeers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Hosts of other alert managers, which agree on who sends what.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments, as they stand on the command line of a unit.";
    };
    environmentFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/root/alertmanager.env";
      description =
        "A file of the machine's with lines NAME=value. $NAME and \${NAME} in the configuration are replaced by the values.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.configuration != null || cfg.configText != null;
        message =
          "services.prometheus.alertmanager has no configuration. Set services.prometheus.alertmanager.configuration.";
      }
    ];
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;
    systemd.services.alertmanager = {
      description = "Alerts";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      preStart = lib.optionalString substituted ''
        umask 077
        ${pkgs.gettext}/bin/envsubst < ${checked} > ${file}
      '';
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          [ "${cfg.package}/bin/alertmanager" ]
          ++ map utils.escapeSystemdExecArg (
            [
              "--config.file=${file}"
              "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
              "--log.level=${cfg.logLevel}"
              "--storage.path=/var/lib/alertmanager"
            ]
            ++ map (peer: "--cluster.peer=${peer}:9094") cfg.clusterPeers
            ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
            ++ lib.optional (cfg.logFormat != null) "--log.format=${cfg.logFormat}"
          )
          ++ map
            (line {
              option = "services.prometheus.alertmanager.extraFlags";
              file = "a unit";
            })
            cfg.extraFlags
        );
        ExecReload = "/bin/kill -HUP $MAINPID";
        EnvironmentFile = lib.mkIf substituted cfg.environmentFile;
        Restart = "always";
        DynamicUser = true;
        RuntimeDirectory = "alertmanager";
        StateDirectory = "alertmanager";
        WorkingDirectory = "/var/lib/alertmanager";
        CapabilityBoundingSet = [ "" ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        ProtectHome = true;
        # The members of a cluster find their own address by it.
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" ];
      };
    };
  };
}
