# Thorough: servers of the web, and certificates from an authority in the machine.
{
  name = "web";

  nodes.machine =
    {
      config,
      lib,
      pkgs,
      ...
    }:
    {
      imports = [ ./examples/web/web.nix ];
      virtualisation.restrictNetwork = true;
      virtualisation.memorySize = 1536;
      networking.hosts."127.0.0.1" = [
        "example.test"
        "www.example.test"
        "dns.example.test"
        "example.org"
      ];
      networking.firewall.allowedTCPPorts = [ 80 443 ];
      environment.systemPackages = [ pkgs.openssl ];
      # All of this starts at once, on an emulated processor.
      environment.etc."systemd/system.conf.d/slow.conf".text =
        "[Manager]\nDefaultTimeoutStartSec=600s\n";

      services.nginx = {
        enable = true;
        statusPage = true;
        recommendedTlsSettings = true;
        recommendedOptimisation = true;
        recommendedGzipSettings = true;
        recommendedBrotliSettings = true;
        recommendedProxySettings = true;
        additionalModules = [ pkgs.nginxModules.echo ];
        virtualHosts."example.test" = {
          forceSSL = true;
          enableACME = true;
          serverAliases = [ "www.example.test" ];
          root = pkgs.writeTextDir "index.html" (
            "<p>hello</p>\n" + lib.concatStrings (lib.genList (_: "<p>many lines</p>\n") 100)
          );
          locations."/app/" = {
            proxyPass = "http://app/";
            proxyWebsockets = true;
          };
          locations."= /teapot".return = "418 'short and { stout }'";
          locations."/private/" = {
            alias = "${pkgs.writeTextDir "note" "a secret"}/";
            basicAuthFile = "/run/users.htpasswd";
          };
          locations."~ \\.php$" = {
            root = pkgs.writeTextDir "info.php" ''
              <?php echo posix_getpwuid(posix_geteuid())['name'], ini_get('memory_limit'), getenv('COLOUR'), extension_loaded('pdo_sqlite');
            '';
            extraConfig = "fastcgi_pass unix:${config.services.phpfpm.pools.app.socket};";
          };
          locations."= /echo".extraConfig = ''
            echo "by a module";
          '';
        };
        virtualHosts."dns.example.test" = {
          addSSL = true;
          enableACME = true;
          acmeRoot = null;
          globalRedirect = "example.test";
          redirectCode = 308;
        };
        upstreams.app.servers."127.0.0.1:3000" = { };
        streamConfig = ''
          server {
            listen 127.0.0.1:3001;
            proxy_pass 127.0.0.1:3000;
          }
        '';
      };

      services.phpfpm = {
        phpOptions = "memory_limit = 99M";
        pools.app = {
          user = "app";
          phpEnv.COLOUR = "blue";
          settings = {
            "listen.owner" = "nginx";
            pm = "ondemand";
            "pm.max_children" = 2;
          };
        };
      };
      users.users.app = {
        isSystemUser = true;
        group = "app";
      };
      users.groups.app = { };

      services.haproxy = {
        enable = true;
        config = ''
          defaults
            mode http
            timeout connect 5s
            timeout client 5s
            timeout server 5s
          frontend web
            bind :8081
            http-response set-header X-By haproxy
            default_backend app
          backend app
            server app 127.0.0.1:3000
        '';
      };

      services.caddy = {
        enable = true;
        httpPort = 8082;
        httpsPort = 8443;
        virtualHosts."http://localhost:8082" = {
          serverAliases = [ "http://127.0.0.1:8082" ];
          extraConfig = "reverse_proxy 127.0.0.1:3000";
        };
        virtualHosts."https://example.test:8443" = {
          useACMEHost = "example.test";
          extraConfig = "respond \"from caddy\"";
        };
      };
      # nginx and Caddy have one certificate.
      security.acme.certs."example.test".group = "certificates";
      users.groups.certificates.members = [ "nginx" "caddy" ];

      security.acme = {
        acceptTerms = true;
        defaults = {
          email = lib.mkForce "admin@example.test";
          server = "https://localhost:14000/dir";
        };
        certs."example.test".postRun = "touch /run/new-certificate";
        # Records of DNS are made by a script, in a name server for tests.
        certs."dns.example.test" = {
          dnsProvider = "exec";
          dnsPropagationCheck = false;
          dnsResolver = "127.0.0.1:8053";
          environmentFile =
            pkgs.writeText
              "environment"
              "EXEC_PATH=${
                pkgs.writeShellScript "record" ''
                  case $1 in
                    present) what=set-txt data="{\"host\":\"$2\",\"value\":\"$3\"}" ;;
                    *) what=clear-txt data="{\"host\":\"$2\"}" ;;
                  esac
                  ${pkgs.curl}/bin/curl --silent --fail --data "$data" http://127.0.0.1:8055/$what
                ''
              }\n";
        };
      };
      # The authority's own certificate is none that lego knows.
      systemd.services = lib.mkMerge [
        (lib.genAttrs
          (map (name: "acme-order-renew-${name}") [
            "example.org"
            "example.test"
            "dns.example.test"
          ])
          (_: {
            environment.LEGO_CA_CERTIFICATES = "/run/authority/tls.pem";
            wants = [ "authority.service" ];
            after = [ "authority.service" ];
          })
        )
        {
          app = {
            wantedBy = [ "multi-user.target" ];
            script = ''
              exec ${pkgs.python3}/bin/python3 -u - <<'PYTHON'
              from http.server import BaseHTTPRequestHandler, HTTPServer
              class App(BaseHTTPRequestHandler):
                  def do_GET(self):
                      self.send_response(200)
                      self.end_headers()
                      self.wfile.write(f"{self.path} {self.headers['Host']} {self.headers['X-Forwarded-Proto']}\n".encode())
              HTTPServer(("127.0.0.1", 3000), App).serve_forever()
              PYTHON
            '';
          };
          authority-names = {
            wantedBy = [ "multi-user.target" ];
            script = ''
              exec ${pkgs.pebble}/bin/pebble-challtestsrv -defaultIPv4 127.0.0.1 -defaultIPv6 "" -dns01 127.0.0.1:8053 \
                -http01 "" -https01 "" -tlsalpn01 "" -doh "" -management 127.0.0.1:8055
            '';
          };
          authority = {
            wantedBy = [ "multi-user.target" ];
            wants = [ "authority-names.service" ];
            after = [ "authority-names.service" ];
            path = [ pkgs.openssl pkgs.curl ];
            environment.PEBBLE_VA_NOSLEEP = "1";
            environment.PEBBLE_WFE_NONCEREJECT = "0";
            serviceConfig.RuntimeDirectory = "authority";
            serviceConfig.Type = "exec";
            preStart = ''
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -keyout /run/authority/tls.key -out /run/authority/tls.pem
            '';
            script = "exec ${pkgs.pebble}/bin/pebble -dnsserver 127.0.0.1:8053 -config ${
              pkgs.writeText "pebble.json" (
                builtins.toJSON {
                  pebble = {
                    listenAddress = "127.0.0.1:14000";
                    managementListenAddress = "127.0.0.1:15000";
                    certificate = "/run/authority/tls.pem";
                    privateKey = "/run/authority/tls.key";
                    httpPort = 80;
                    tlsPort = 443;
                    ocspResponderURL = "";
                    externalAccountBindingRequired = false;
                  };
                }
              )
            }";
            postStart =
              "until curl --silent --insecure https://localhost:14000/dir > /dev/null; do sleep 0.2; done";
          };
        }
      ];
    };

  testScript = ''
    def issuer(host):
        show = "openssl x509 -noout -issuer -ext subjectAltName"
        return machine.succeed(f"openssl s_client -connect 127.0.0.1:443 -servername {host} < /dev/null 2> /dev/null | {show}")

    machine.wait_for_unit("nginx.service")
    machine.wait_for_open_port(3000)

    with subtest("nginx: https, redirections, names"):
        assert "301" in machine.succeed("curl -sI http://example.test/x")
        location = machine.succeed("curl -sI http://www.example.test/x?y | grep -i ^location")
        assert location.strip() == "Location: https://www.example.test/x?y", location
        assert "hello" in machine.succeed("curl -sk https://example.test/")
        assert "308" in machine.succeed("curl -skI https://dns.example.test/")

    with subtest("nginx: another server, with headers, and as a stream"):
        assert machine.succeed("curl -sk https://example.test/app/x").strip() == "/x example.test https"
        assert machine.succeed("curl -s http://127.0.0.1:3001/y").startswith("/y 127.0.0.1")

    with subtest("nginx: fixed answers, modules, compression, passwords, its state"):
        assert machine.succeed("curl -sk https://example.test/teapot") == "short and { stout }"
        assert machine.succeed("curl -sk https://example.test/echo").strip() == "by a module"
        for kind in ["gzip", "br"]:
            headers = machine.succeed(f"curl -skI -X GET -H 'Accept-Encoding: {kind}' https://example.test/index.html")
            assert f"content-encoding: {kind}" in headers.lower(), headers
        machine.succeed("echo \"alice:$(openssl passwd -apr1 hers)\" > /run/users.htpasswd")
        machine.fail("curl -skf https://example.test/private/note")
        assert machine.succeed("curl -skf -u alice:hers https://example.test/private/note") == "a secret"
        assert "Active connections" in machine.succeed("curl -sf http://127.0.0.1/nginx_status")
        assert "nginx" in machine.succeed("ps -o user= -C nginx")

    with subtest("acme: a certificate by http, and one by DNS"):
        machine.wait_until_succeeds("systemctl show -P ActiveState acme-order-renew-example.test.service | grep -x inactive")
        machine.wait_until_succeeds("test -e /run/new-certificate", timeout=300)
        machine.wait_until_succeeds("openssl x509 -noout -issuer -in /var/lib/acme/dns.example.test/cert.pem | grep Pebble", timeout=300)
        machine.sleep(1)
        assert "Pebble" in issuer("example.test") and "DNS:www.example.test" in issuer("example.test")
        assert "Pebble" in issuer("dns.example.test")
        assert machine.succeed("stat -c '%U %G %a' /var/lib/acme/example.test/key.pem").strip() == "acme certificates 640"

    with subtest("acme: a renewal, and servers see it"):
        before = machine.succeed("cat /var/lib/acme/example.test/cert.pem")
        machine.succeed("systemctl list-timers --all | grep acme-renew-example.test.timer")
        machine.succeed("systemctl start acme-order-renew-example.test.service")
        assert machine.succeed("cat /var/lib/acme/example.test/cert.pem") == before, "it was not due"

    with subtest("phpfpm: settings, environment, extensions"):
        assert machine.succeed("curl -skf https://example.test/info.php") == "app99Mblue1"

    with subtest("haproxy"):
        answer = machine.succeed("curl -sfi http://127.0.0.1:8081/z")
        assert "x-by: haproxy" in answer and "/z 127.0.0.1:8081" in answer, answer
        machine.succeed("systemctl reload haproxy.service && curl -sf http://127.0.0.1:8081/z")

    with subtest("caddy: a proxy, a certificate of security.acme, logs"):
        assert machine.succeed("curl -sf http://localhost:8082/c").startswith("/c localhost:8082")
        assert machine.succeed("curl -skf https://example.test:8443/") == "from caddy"
        machine.succeed("systemctl reload caddy.service && curl -skf https://example.test:8443/ && ls /var/log/caddy/*.log")

    with subtest("examples/web"):
        machine.wait_until_succeeds("curl -sfk https://example.org/", timeout=300)
        first = machine.succeed("curl -sfk https://example.org/")
        assert first.startswith("https visit 2 to example.org"), first
        machine.succeed("systemctl restart counter.service")
        machine.wait_until_succeeds("curl -sfk https://example.org/ | grep 'visit 3'")

    with subtest("examples/web: backups, the firewall, metrics"):
        machine.succeed("systemctl start postgresqlBackup-counter restic-backups-database")
        machine.succeed("restic-database restore latest --target /tmp/restored")
        machine.succeed("zcat /tmp/restored/var/backup/postgresql/counter.sql.gz | grep -P '\\texample.org$'")
        machine.succeed("nft list chain inet nixos-fw input-allow | grep 'ip saddr 10.0.0.0/8 tcp dport 9100 accept'")
        assert "node_systemd_unit_state" in machine.succeed("curl -sf http://127.0.0.1:9100/metrics")

    machine.succeed("systemctl is-system-running --wait || (systemctl --failed; false)")
  '';
}
