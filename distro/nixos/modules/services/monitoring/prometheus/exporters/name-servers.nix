# Exporters of metrics about name servers and domains.
{ config, lib, ... }:

let
  inherit (lib) types;
  inherit (import ./fields.nix { inherit lib; })
    address
    given
    option
    orNull
    str
    telemetry
    telemetryPath
    withSockets
    ;
in
{
  bind = {
    port = 9119;
    package = "prometheus-bind-exporter";
    options = {
      bindURI = str "http://localhost:8053/" "The address of BIND's statistics.";
      bindTimeout = str "10s" "How long a response may take.";
      bindVersion =
        option
          (types.enum [ "xml" "xml.v2" "xml.v3" "json" "auto" ])
          "auto"
          "The format of the statistics.";
      bindGroups = option (types.listOf (types.enum [ "server" "view" "tasks" ])) [
        "server"
        "view"
      ] "What is read.";
    };
    arguments = cfg: [
      "--bind.pid-file=/var/run/named/named.pid"
      "--bind.timeout=${cfg.bindTimeout}"
      "--bind.stats-url=${cfg.bindURI}"
      "--bind.stats-version=${cfg.bindVersion}"
      "--bind.stats-groups=${lib.concatStringsSep "," cfg.bindGroups}"
    ];
  };

  dnsmasq = {
    port = 9153;
    package = "prometheus-dnsmasq-exporter";
    options = {
      dnsmasqListenAddress = str "localhost:53" "The address of dnsmasq.";
      leasesPath =
        option types.path "/var/lib/misc/dnsmasq.leases" "The file with dnsmasq's leases.";
    };
    listen = cfg: [ "--listen=${address cfg}" ];
    arguments = cfg: [
      "--dnsmasq=${cfg.dnsmasqListenAddress}"
      "--leases_path=${cfg.leasesPath}"
    ];
  };

  domain = {
    port = 9222;
    program = "domain_exporter";
    listen = cfg: [ "--bind=${address cfg}" ];
  };

  knot = {
    port = 9433;
    program = "knot-exporter";
    options = {
      knotLibraryPath = orNull types.str "The library of Knot.";
      knotSocketPath = str "/run/knot/knot.sock" "The socket of Knot.";
      knotSocketTimeout = option types.int 2000 "How long a response may take, in milliseconds.";
    };
    listen = cfg: [ "--web-listen-addr" cfg.listenAddress "--web-listen-port" (toString cfg.port) ];
    arguments =
      cfg:
      lib.optionals (cfg.knotLibraryPath != null) [ "--knot-library-path" cfg.knotLibraryPath ]
      ++ [
        "--knot-socket-path"
        cfg.knotSocketPath
        "--knot-socket-timeout"
        (toString cfg.knotSocketTimeout)
      ];
    service =
      _:
      lib.mkMerge [
        withSockets
        { serviceConfig.SupplementaryGroups = [ "knot" ]; }
      ];
  };

  unbound = {
    port = 9167;
    program = "unbound_exporter";
    options = {
      inherit telemetryPath;
      unbound = {
        ca =
          option
            (types.nullOr types.path)
            "/var/lib/unbound/unbound_server.pem"
            "The certificate of Unbound's control server.";
        certificate =
          option
            (types.nullOr types.path)
            "/var/lib/unbound/unbound_control.pem"
            "The client's certificate.";
        key =
          option
            (types.nullOr types.path)
            "/var/lib/unbound/unbound_control.key"
            "The client's key.";
        host =
          str
            "tcp://127.0.0.1:8953"
            "The address of Unbound's control server, or `unix://` and its socket.";
      };
    };
    arguments =
      cfg:
      telemetry cfg
      ++ [ "--unbound.host=${cfg.unbound.host}" ]
      ++ given "--unbound.ca" cfg.unbound.ca
      ++ given "--unbound.cert" cfg.unbound.certificate
      ++ given "--unbound.key" cfg.unbound.key;
    service =
      _:
      lib.mkMerge [
        withSockets
        (lib.mkIf (config.services.unbound.enable or false) {
          after = [ "unbound.service" ];
          requires = [ "unbound.service" ];
          # The user that may read the key.
          serviceConfig = {
            User = "unbound";
            DynamicUser = false;
          };
        })
      ];
  };
}
