# VictoriaMetrics: a database of metrics that collects them, too.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.victoriametrics;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../lib/formats { inherit lib; }) json;
  inherit (import ../../../lib/formats/text.nix { inherit lib; }) line;

  server =
    [
      "${cfg.package}/bin/victoria-metrics"
      "-storageDataPath=/var/lib/${cfg.stateDir}"
      "-httpListenAddr=${cfg.listenAddress}"
    ]
    ++ lib.optional (cfg.retentionPeriod != null) "-retentionPeriod=${cfg.retentionPeriod}"
    ++ lib.optional (cfg.basicAuthUsername != null) "-httpAuth.username=${cfg.basicAuthUsername}"
    ++ lib.optional
      (cfg.basicAuthPasswordFile != null)
      "-httpAuth.password=file:///run/credentials/victoriametrics.service/password";

  scrapes = pkgs.writeText "prometheus.yml" (json.pretty cfg.prometheusConfig);
  checkedScrapes =
    if cfg.checkConfig then
      checkedFile {
        name = "prometheus.yml";
        source = scrapes;
        option = "services.victoriametrics.prometheusConfig";
        packages = [ cfg.package ];
        check =
          ''victoria-metrics -promscrape.config="$file" -promscrape.config.strictParse=true -dryRun -storageDataPath="$PWD/data"'';
      }
    else
      scrapes;

  address =
    if lib.hasPrefix ":" cfg.listenAddress then
      "127.0.0.1${cfg.listenAddress}"
    else
      cfg.listenAddress;
  credentials =
    lib.optionalString (cfg.basicAuthUsername != null && cfg.basicAuthPasswordFile != null) (
      "--user ${lib.escapeShellArg cfg.basicAuthUsername}:\"$(cat \"$CREDENTIALS_DIRECTORY/password\")\" "
    );
in
{
  options.services.victoriametrics = {
    enable = lib.mkEnableOption "VictoriaMetrics, a database of metrics";
    package = lib.mkPackageOption pkgs.debianPackages "victoria-metrics" {
      pkgsText = "pkgs.debianPackages";
    };
    listenAddress = mkOption {
      type = types.str;
      default = ":8428";
      description = "The address and the port it listens on.";
    };
    stateDir = mkOption {
      type = types.strMatching "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*";
      default = "victoriametrics";
      description = "The folder below /var/lib with its data.";
    };
    retentionPeriod = mkOption {
      type = types.nullOr (types.coercedTo types.int toString types.str);
      default = null;
      example = "15d";
      description = "How long metrics are kept: a number of months, or a time such as `15d`.";
    };
    basicAuthUsername = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The user's name that requests must have.";
    };
    basicAuthPasswordFile = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "A file with the password that requests must have.";
    };
    prometheusConfig = mkOption {
      type = types.attrsOf (pkgs.formats.yaml { }).type;
      default = { };
      example = {
        scrape_configs = [
          {
            job_name = "node";
            static_configs = [ { targets = [ "localhost:9100" ]; } ];
          }
        ];
      };
      description = "What it collects, as in Prometheus' configuration file.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments, as they stand on the command line of a unit.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether `prometheusConfig` is checked when it is made.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.basicAuthUsername == null) == (cfg.basicAuthPasswordFile == null);
        message =
          "services.victoriametrics has only one of basicAuthUsername and basicAuthPasswordFile. Set both, or remove it.";
      }
    ];
    systemd.services.victoriametrics = {
      description = "Database of metrics";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      startLimitBurst = 5;
      serviceConfig = hardening // {
        ExecStart = lib.concatStringsSep " " (
          map utils.escapeSystemdExecArg (
            server
            ++ lib.optional (cfg.prometheusConfig != { }) "-promscrape.config=${checkedScrapes}"
          )
          ++ map
            (line {
              option = "services.victoriametrics.extraOptions";
              file = "a unit";
            })
            cfg.extraOptions
        );
        DynamicUser = true;
        LoadCredential =
          lib.optional (cfg.basicAuthPasswordFile != null) "password:${cfg.basicAuthPasswordFile}";
        RestartSec = 1;
        Restart = "on-failure";
        RuntimeDirectory = "victoriametrics";
        RuntimeDirectoryMode = "0700";
        StateDirectory = cfg.stateDir;
        StateDirectoryMode = "0700";
        LimitNOFILE = 1048576;
        DeviceAllow = [ "/dev/null rw" ];
        DevicePolicy = "strict";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        SystemCallFilter = [ "@system-service" "~@privileged" ];
      };
      # It is started when it can be asked.
      path = [ pkgs.curl ];
      postStart = ''
        until curl -fsS ${credentials}-o /dev/null http://${lib.escapeShellArg address}/ping; do sleep 1; done
      '';
    };
  };
}
