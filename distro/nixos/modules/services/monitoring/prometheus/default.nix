# Prometheus.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus;
  kinds = import ./types.nix { inherit lib; };
  checkedFile = import ../../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../../lib/formats { inherit lib; }) json;
  inherit (import ../../../../lib/formats/text.nix { inherit lib; }) line;

  folder = "/var/lib/${cfg.stateDir}";

  # A file that promtool accepts, unless nothing is to be checked.
  checked =
    what: name: option: source:
    if cfg.checkConfig == false then
      source
    else
      checkedFile {
        inherit name source option;
        packages = [ cfg.package ];
        check = "promtool check ${what} \"$file\"";
      };

  ruleFiles =
    map (checked "rules" "rules.yml" "services.prometheus.ruleFiles") cfg.ruleFiles
    ++ lib.optional (cfg.rules != [ ]) (
      checked "rules" "prometheus.rules" "services.prometheus.rules" (
        pkgs.writeText "prometheus.rules" (lib.concatStringsSep "\n" cfg.rules)
      )
    );

  configuration =
    { global = cfg.globalConfig; }
    // lib.optionalAttrs (cfg.remoteWrite != [ ]) { remote_write = cfg.remoteWrite; }
    // lib.optionalAttrs (cfg.scrapeConfigs != [ ]) { scrape_configs = cfg.scrapeConfigs; }
    // lib.optionalAttrs (!cfg.enableAgentMode) (
      lib.optionalAttrs (cfg.remoteRead != [ ]) { remote_read = cfg.remoteRead; }
      // lib.optionalAttrs (ruleFiles != [ ]) { rule_files = ruleFiles; }
      // lib.optionalAttrs (cfg.alertmanagers != [ ]) {
        alerting.alertmanagers = cfg.alertmanagers;
      }
    );

  configFile =
    let
      mode = lib.optionalString cfg.enableAgentMode " --agent";
      syntax = lib.optionalString (cfg.checkConfig == "syntax-only") " --syntax-only";
      inherit (cfg) configText;
    in
    checked
      "config${mode}${syntax}"
      "prometheus.yml"
      (if configText != null then "services.prometheus.configText" else "services.prometheus")
      (pkgs.writeText "prometheus.yml" (
        if configText != null then configText else json.pretty configuration
      ));

  flags =
    [
      "--config.file=${if cfg.enableReload then "/etc/prometheus/prometheus.yaml" else configFile}"
      "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
      (
        if cfg.enableAgentMode then
          "--storage.agent.path=${folder}/data/"
        else
          "--storage.tsdb.path=${folder}/data/"
      )
    ]
    ++ lib.optional cfg.enableAgentMode "--enable-feature=agent"
    ++ lib.optionals
      (!cfg.enableAgentMode)
      (
        [
          "--alertmanager.notification-queue-capacity=${toString cfg.alertmanagerNotificationQueueCapacity}"
        ]
        ++ lib.optional
          (cfg.retentionTime != null)
          "--storage.tsdb.retention.time=${cfg.retentionTime}"
      )
    ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
    ++ lib.optional (cfg.webConfigFile != null) "--web.config.file=${cfg.webConfigFile}";
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "prometheus2" ] [ "services" "prometheus" ])
    (lib.mkRemovedOptionModule [ "services" "prometheus" "environmentFile" ] (
      "Secrets are read from files that fields of the configuration name, such as `password_file` and `credentials_file`."
    ))
    (lib.mkRemovedOptionModule [ "services" "prometheus" "alertmanagerTimeout" ] (
      "Set `timeout` of an entry of services.prometheus.alertmanagers."
    ))
    (lib.mkRemovedOptionModule [ "services" "prometheus" "alertmanagerURL" ] (
      "Use services.prometheus.alertmanagers."
    ))
  ];

  options.services.prometheus = {
    enable = lib.mkEnableOption "Prometheus, which collects metrics";
    package = lib.mkPackageOption pkgs "prometheus" { };
    port = mkOption {
      type = types.port;
      default = 9090;
      description = "The port of the web interface and the API.";
    };
    listenAddress = mkOption {
      type = types.str;
      default = "0.0.0.0";
      description = "The address of the web interface and the API.";
    };
    stateDir = mkOption {
      type = types.strMatching "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*";
      default = "prometheus2";
      description = "The folder below /var/lib with what was collected.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--web.enable-admin-api" ];
      description = "Further arguments, as they stand on the command line of a unit.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether a switch to another configuration makes Prometheus read it, instead of restarting it.";
    };
    enableAgentMode = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether samples are only sent on (`remoteWrite`): without rules, alerts and queries.";
    };
    configText = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "The whole configuration file, instead of the options that it is made of.";
    };
    globalConfig = mkOption {
      type = kinds.globalConfig;
      default = { };
      apply = kinds.given;
      description = "What holds for all jobs and rules.";
    };
    scrapeConfigs = mkOption {
      type = types.listOf kinds.scrapeConfig;
      default = [ ];
      apply = kinds.given;
      example = [
        {
          job_name = "node";
          static_configs = [ { targets = [ "localhost:9100" ]; } ];
        }
      ];
      description = "The jobs: which targets are read, and how.";
    };
    remoteRead = mkOption {
      type = types.listOf kinds.remoteRead;
      default = [ ];
      apply = kinds.given;
      description = "Where samples are read from, beside those that are stored here.";
    };
    remoteWrite = mkOption {
      type = types.listOf kinds.remoteWrite;
      default = [ ];
      apply = kinds.given;
      description = "Where samples are sent.";
    };
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Texts with rules, in YAML, which are one file together.";
    };
    ruleFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with rules.";
    };
    alertmanagers = mkOption {
      type = types.listOf (types.attrsOf (pkgs.formats.yaml { }).type);
      default = [ ];
      example = [ { static_configs = [ { targets = [ "localhost:9093" ]; } ]; } ];
      description =
        "The alert managers that alerts are sent to, as in Prometheus' configuration file.";
    };
    alertmanagerNotificationQueueCapacity = mkOption {
      type = types.int;
      default = 10000;
      description = "How many alerts may wait to be sent.";
    };
    webExternalUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://example.com/";
      description = "The address under which others reach Prometheus, if that is not its own.";
    };
    webConfigFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file that says how the web interface is protected by TLS and passwords.";
    };
    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "syntax-only" ]);
      default = true;
      description =
        "Whether promtool checks the configuration when it is made. The files that it names, those with passwords for one, need not exist "
        + "then with `syntax-only`.";
    };
    retentionTime = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "30d";
      description = "How long samples are kept: 15 days if it is not set.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."prometheus/prometheus.yaml" = lib.mkIf cfg.enableReload {
      source = configFile;
    };
    users.groups.prometheus = { };
    users.users.prometheus = {
      description = "Prometheus";
      isSystemUser = true;
      group = "prometheus";
    };
    systemd.services.prometheus = {
      description = "Collection of metrics";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      reloadTriggers = lib.optional cfg.enableReload configFile;
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          [ "${cfg.package}/bin/prometheus" ]
          ++ map utils.escapeSystemdExecArg flags
          ++ map
            (line {
              option = "services.prometheus.extraFlags";
              file = "a unit";
            })
            cfg.extraFlags
        );
        ExecReload = "/bin/kill -HUP $MAINPID";
        User = "prometheus";
        Restart = "always";
        RuntimeDirectory = "prometheus";
        RuntimeDirectoryMode = "0700";
        WorkingDirectory = folder;
        StateDirectory = cfg.stateDir;
        StateDirectoryMode = "0700";
        AmbientCapabilities = lib.optional (cfg.port < 1024) "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = if cfg.port < 1024 then "CAP_NET_BIND_SERVICE" else "";
        DeviceAllow = "/dev/null rw";
        DevicePolicy = "strict";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = cfg.port >= 1024;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        SystemCallFilter = [ "@system-service" "~@privileged" ];
      };
    };
  };
}
