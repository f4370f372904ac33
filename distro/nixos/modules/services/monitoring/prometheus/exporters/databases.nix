# Exporters of metrics about databases and queues.
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
    configFile
    environmentFile
    bool
    flagged
    given
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

  # A user that other modules make.
  as = user: {
    serviceConfig = {
      DynamicUser = false;
      User = user;
    };
  };
in
{
  elasticsearch = {
    port = 9114;
    package = "prometheus-elasticsearch-exporter";
    options = {
      inherit environmentFile;
      uri = str "http://localhost:9200" "The address of Elasticsearch.";
    };
    arguments = cfg: [ "--es.uri=${cfg.uri}" ];
    service = cfg: {
      serviceConfig.EnvironmentFile =
        lib.optional (cfg.environmentFile != null) cfg.environmentFile;
    };
  };

  influxdb = {
    port = 9122;
    program = "influxdb_exporter";
    options = {
      sampleExpiry = str "5m" "How long a sample counts.";
      udpBindAddress = str ":9122" "The address for samples by UDP.";
    };
    arguments = cfg: [
      "--influxdb.sample-expiry=${cfg.sampleExpiry}"
      "--udp.bind-address=${cfg.udpBindAddress}"
    ];
  };

  mongodb = {
    port = 9216;
    program = "mongodb_exporter";
    options = {
      inherit telemetryPath;
      uri = str "mongodb://localhost:27017/test" "The address of MongoDB.";
      collStats = strings "Collections whose statistics are read.";
      indexStats = strings "Collections whose indexes' statistics are read.";
      collector = strings "Collectors that are used.";
      collectAll = bool "Whether all collectors are used.";
    };
    arguments =
      cfg:
      [ "--mongodb.uri=${cfg.uri}" ]
      ++ telemetry cfg
      ++ lib.optional
        (cfg.collStats != [ ])
        "--mongodb.collstats-colls=${lib.concatStringsSep "," cfg.collStats}"
      ++ lib.optional
        (cfg.indexStats != [ ])
        "--mongodb.indexstats-colls=${lib.concatStringsSep "," cfg.indexStats}"
      ++ map (name: "--collector.${name}") cfg.collector
      ++ flagged "--collect-all" cfg.collectAll;
  };

  mysqld = {
    port = 9104;
    package = "prometheus-mysqld-exporter";
    options = {
      inherit telemetryPath;
      configFile =
        required types.path "A file with the user's name and password, in the format of my.cnf.";
      runAsLocalSuperUser = bool "Whether it runs as the user of MySQL itself.";
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [ "--config.my-cnf=/run/credentials/prometheus-mysqld-exporter.service/config" ];
    service =
      cfg:
      lib.mkMerge [
        withSockets
        { serviceConfig.LoadCredential = [ "config:${cfg.configFile}" ]; }
        (lib.mkIf cfg.runAsLocalSuperUser (as (config.services.mysql.user or "mysql")))
      ];
  };

  nats = {
    port = 7777;
    program = "prometheus-nats-exporter";
    options.url = str "http://127.0.0.1:8222" "The address of NATS' page with statistics.";
    listen = cfg: [ "-addr" cfg.listenAddress "-port" (toString cfg.port) ];
    arguments = cfg: [ "-varz" cfg.url ];
  };

  pgbouncer = {
    port = 9127;
    package = "prometheus-pgbouncer-exporter";
    options = {
      inherit telemetryPath;
      connectionEnvFile =
        orNull
          lineTypes.machineFile
          "A file of the machine's with a line PGBOUNCER_EXPORTER_CONNECTION_STRING=value.";
      pidFile = orNull types.str "The file with the number of PgBouncer's process.";
      webSystemdSocket = bool "Whether it gets its socket from systemd.";
      logLevel =
        option
          (types.enum [ "debug" "info" "warn" "error" ])
          "info"
          "The least severe messages that are logged.";
      logFormat = option (types.enum [ "logfmt" "json" ]) "logfmt" "How messages are written.";
      webConfigFile =
        orNull types.path "A file that says how its page is protected by TLS and passwords.";
    };
    listen =
      cfg:
      if cfg.webSystemdSocket then
        [ "--web.systemd-socket" ]
      else
        [ "--web.listen-address=${address cfg}" ];
    arguments =
      cfg:
      telemetry cfg
      ++ lib.optional (cfg.connectionEnvFile != null) {
        raw = "--pgBouncer.connectionString=${"$"}{PGBOUNCER_EXPORTER_CONNECTION_STRING}";
      }
      ++ given "--pgBouncer.pid-file" cfg.pidFile
      ++ [ "--log.level=${cfg.logLevel}" "--log.format=${cfg.logFormat}" ]
      ++ given "--web.config.file" cfg.webConfigFile;
    service =
      cfg:
      lib.mkMerge [
        withSockets
        {
          after = [ "pgbouncer.service" ];
          serviceConfig.EnvironmentFile =
            lib.optional (cfg.connectionEnvFile != null) cfg.connectionEnvFile;
        }
      ];
  };

  postgres = {
    port = 9187;
    package = "prometheus-postgres-exporter";
    dynamic = false;
    options = {
      inherit environmentFile telemetryPath;
      dataSourceName =
        str
          "user=postgres database=postgres host=/run/postgresql sslmode=disable"
          "How PostgreSQL is reached, in words of libpq.";
      runAsLocalSuperUser = bool "Whether it runs as the user `postgres`.";
    };
    arguments = telemetry;
    service =
      cfg:
      lib.mkMerge [
        withSockets
        {
          environment.DATA_SOURCE_NAME = cfg.dataSourceName;
          serviceConfig.EnvironmentFile =
            lib.optional (cfg.environmentFile != null) cfg.environmentFile;
        }
        (lib.mkIf cfg.runAsLocalSuperUser (as "postgres"))
      ];
  };

  redis = {
    port = 9121;
    package = "prometheus-redis-exporter";
    service = _: withSockets;
  };

  sql = {
    port = 9237;
    package = "prometheus-sql-exporter";
    options = {
      inherit configFile;
      configuration =
        orNull
          (types.submodule {
            options.jobs = lib.mkOption {
              type = types.attrsOf (
                types.submodule {
                  options = {
                    interval = required types.str "How often.";
                    connections = required (types.listOf types.str) "The databases, as URLs.";
                    startupSql = strings "Statements that run after a connection is made.";
                    queries = lib.mkOption {
                      type = types.attrsOf (
                        types.submodule {
                          options = {
                            help = orNull types.str "What the metric says.";
                            labels = strings "Columns that become labels.";
                            query = required types.str "The statement.";
                            values =
                              required (types.listOf types.str) "Columns that become values.";
                          };
                        }
                      );
                      description = "Statements by the metrics that they give.";
                    };
                  };
                }
              );
              default = { };
              description = "What is asked.";
            };
          })
          "Its configuration, instead of a file.";
    };
    arguments =
      cfg:
      let
        named = lib.mapAttrsToList (name: v: removeAttrs v [ "_module" ] // { inherit name; });
        job =
          v:
          removeAttrs v [ "startupSql" ]
          // {
            startup_sql = v.startupSql;
            queries = map (lib.filterAttrs (_: x: x != null)) (named v.queries);
          };
      in
      [
        "-config.file=${
          if cfg.configFile != null then
            cfg.configFile
          else
            (pkgs.formats.yaml { }).generate "sql-exporter.yaml" {
              jobs = map job (named cfg.configuration.jobs);
            }
        }"
      ];
    assertions = cfg: oneOf cfg "configFile" "configuration";
    service = _: withSockets;
  };
}
