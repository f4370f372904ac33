# Exporters of metrics about servers of the web and of mail.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) types;
  inherit (import ./fields.nix { inherit lib; })
    address
    bool
    environmentFile
    flagged
    given
    option
    orNull
    required
    str
    strings
    telemetry
    telemetryPath
    withSockets
    ;
in
{
  apache = {
    port = 9117;
    package = "prometheus-apache-exporter";
    options = {
      scrapeUri =
        str "http://localhost/server-status/?auto" "The address of Apache's page with its state.";
      insecure = bool "Whether any certificate is accepted.";
    };
    arguments = cfg: [ "--scrape_uri=${cfg.scrapeUri}" ] ++ flagged "--insecure" cfg.insecure;
  };

  haproxy = {
    port = 9101;
    package = "prometheus-haproxy-exporter";
    options.scrapeUri =
      str "http://localhost/;csv" "The address of HAProxy's statistics, or `unix:` and its socket.";
    arguments = cfg: [ "--haproxy.scrape-uri=${cfg.scrapeUri}" ];
    service = _: withSockets;
  };

  squid = {
    port = 9301;
    package = "prometheus-squid-exporter";
    listen = cfg: [ "-listen=${address cfg}" ];
  };

  nginx = {
    port = 9113;
    package = "prometheus-nginx-exporter";
    options = {
      scrapeUri =
        str
          "http://localhost/nginx_status"
          "The address of nginx' page with its state, which `services.nginx.statusPage` makes.";
      inherit telemetryPath;
      sslVerify = option types.bool true "Whether its certificate is checked.";
      constLabels = strings "Labels of all metrics, as `name=value`." // {
        example = [ "host=web" ];
      };
    };
    arguments =
      cfg:
      [ "--nginx.scrape-uri=${cfg.scrapeUri}" ]
      ++ telemetry cfg
      ++ lib.optional (!cfg.sslVerify) "--no-nginx.ssl-verify"
      ++ map (label: "--prometheus.const-label=${label}") cfg.constLabels;
    service = _: withSockets;
  };

  nextcloud = {
    port = 9205;
    package = "prometheus-nextcloud-exporter";
    dynamic = false;
    options = {
      url = required types.str "The address of Nextcloud.";
      username = str "nextcloud-exporter" "The name of an administrator there.";
      passwordFile = orNull lineTypes.machineFile "A file with that user's password.";
      tokenFile = orNull lineTypes.machineFile "A file with a token, instead of a password.";
      timeout = str "5s" "How long a response may take.";
    };
    listen = cfg: [ "--addr" (address cfg) ];
    arguments =
      cfg:
      [ "--timeout" cfg.timeout "--server" cfg.url ]
      ++ (
        if cfg.passwordFile != null then
          [ "--username" cfg.username "--password" "@${cfg.passwordFile}" ]
        else
          [ "--auth-token" "@${toString cfg.tokenFile}" ]
      );
    assertions = cfg: [
      {
        assertion = (cfg.passwordFile == null) != (cfg.tokenFile == null);
        message = " needs one of the options passwordFile and tokenFile. Set one of them.";
      }
    ];
  };

  php-fpm = {
    port = 9253;
    options = { inherit environmentFile telemetryPath; };
    program = "php-fpm_exporter";
    listen = cfg: [ "server" "--web.listen-address" (address cfg) ];
    arguments = telemetry;
    service =
      cfg:
      lib.mkMerge [
        withSockets
        {
          serviceConfig.EnvironmentFile =
            lib.optional (cfg.environmentFile != null) cfg.environmentFile;
        }
      ];
  };

  varnish = {
    port = 9131;
    package = "prometheus-varnish-exporter";
    options = {
      inherit telemetryPath;
      noExit = bool "Whether it goes on when Varnish cannot be read.";
      withGoMetrics = bool "Whether there are metrics about itself, too.";
      verbose = bool "Whether it logs more.";
      raw = bool "Whether messages have no times.";
      varnishStatPath = str "varnishstat" "The program varnishstat.";
      instance = orNull types.str "Which Varnish is read.";
      healthPath = orNull types.str "The path of its own state.";
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [ "-varnishstat-path=${cfg.varnishStatPath}" ]
      ++ given "-web.health-path" cfg.healthPath
      ++ given "-n" cfg.instance
      ++ flagged "-no-exit" cfg.noExit
      ++ flagged "-with-go-metrics" cfg.withGoMetrics
      ++ flagged "-verbose" cfg.verbose
      ++ flagged "-raw" cfg.raw;
    service = _: {
      path = [ pkgs.varnish ];
      serviceConfig = {
        RestartSec = 1;
        # The statistics are read from a file of Varnish's group.
        SupplementaryGroups = [ "varnish" ];
      };
    };
  };

  mail = {
    port = 9225;
    package = "prometheus-mailexporter";
    program = "mailexporter";
    options = {
      inherit telemetryPath;
      environmentFile = environmentFile;
      configFile = orNull types.path "Its configuration file.";
      configuration =
        orNull (types.attrsOf (pkgs.formats.yaml { }).type) "Its configuration, instead of a file.";
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [
        "--config.file=${
          if cfg.configFile != null then
            cfg.configFile
          else
            (pkgs.formats.yaml { }).generate "mailexporter.yaml" cfg.configuration
        }"
      ];
    assertions = cfg: [
      {
        assertion = (cfg.configFile == null) != (cfg.configuration == null);
        message = " needs one of the options configFile and configuration. Set one of them.";
      }
    ];
    service = cfg: {
      serviceConfig.EnvironmentFile =
        lib.optional (cfg.environmentFile != null) cfg.environmentFile;
    };
  };

  postfix = {
    port = 9154;
    package = "prometheus-postfix-exporter";
    dynamic = false;
    options = {
      inherit telemetryPath;
      logfilePath = option types.path "/var/log/mail.log" "The file that Postfix logs to.";
      showqPath =
        option types.path "/var/spool/postfix/public/showq" "The socket of Postfix' queue.";
      systemd = {
        # Debian's program is built without it.
        enable =
          bool
            "Whether messages are read from the journal, for which Debian's program is not built.";
        unit = str "postfix.service" "The unit of Postfix.";
        slice = orNull types.str "The slice of Postfix, instead of a unit.";
        journalPath = orNull types.path "The folder of the journal.";
      };
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [ "--postfix.showq_path=${cfg.showqPath}" "--postfix.logfile_path=${cfg.logfilePath}" ]
      ++ lib.optionals cfg.systemd.enable ([
        "--systemd.enable"
        (
          if cfg.systemd.slice != null then
            "--systemd.slice=${cfg.systemd.slice}"
          else
            "--systemd.unit=${cfg.systemd.unit}"
        )
      ] ++ given "--systemd.journal_path" cfg.systemd.journalPath);
    service =
      cfg:
      lib.mkMerge [
        withSockets
        {
          serviceConfig.SupplementaryGroups = [
            "adm"
            "postdrop"
          ] ++ lib.optional cfg.systemd.enable "systemd-journal";
        }
        (lib.mkIf cfg.systemd.enable { after = [ cfg.systemd.unit ]; })
      ];
  };

  dovecot = {
    port = 9166;
    program = "dovecot_exporter";
    options = {
      inherit telemetryPath;
      socketPath = option types.path "/var/run/dovecot/stats" "The socket of Dovecot's statistics.";
      scopes = option (types.listOf types.str) [
        "user"
      ] "What is counted: `user`, `session`, `domain`, `global`.";
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [
        "--dovecot.socket-path=${cfg.socketPath}"
        "--dovecot.scopes=${lib.concatStringsSep "," cfg.scopes}"
      ];
    service = _: withSockets;
  };

  nginxlog = {
    port = 9117;
    program = "prometheus-nginxlog-exporter";
    options = {
      settings = option (types.attrsOf (pkgs.formats.json { }).type) { } "Its configuration.";
      metricsEndpoint = str "/metrics" "The path of the metrics.";
    };
    listen = _: [ ];
    arguments = cfg: [
      "-config-file"
      "${
        (pkgs.formats.json { }).generate "nginxlog-exporter.json" ({
          listen = {
            inherit (cfg) port;
            address = cfg.listenAddress;
            metrics_endpoint = cfg.metricsEndpoint;
          };
        } // cfg.settings)
      }"
    ];
    service = _: { after = [ "nginx.service" ]; };
  };
}
