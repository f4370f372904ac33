# Thorough: networks: tunnels, name servers, time servers.
let
  # Keys of this test alone.
  near = {
    private = "iNU4qw3hTpMyuwiVcv5HPdm73hnVYTuMx4mQZLFozVM=";
    public = "TfEFTebrkU0JYeQb0Dc3HLrZGf7K9qEvmEIcxA0p3gs=";
  };
  far = {
    private = "cBWeKaH7XgzuoDhZj51EnNpLQZInKGhYh0+EPm7hlUE=";
    public = "aFxnBl1no7WUxtrjvOx0MWP/BqNEUOvdtfE4jRGY0AE=";
  };
in
{
  name = "network";

  nodes.machine =
    { pkgs, ... }:
    {
      environment.etc."wg/near" = {
        text = near.private;
        mode = "0600";
      };
      environment.etc."wg/far" = {
        text = far.private;
        mode = "0600";
      };
      # Two ends of a tunnel, of which one is in a namespace of its own.
      networking.wireguard.interfaces = {
        wg0 = {
          ips = [ "10.100.0.1/24" ];
          listenPort = 51820;
          privateKeyFile = "/etc/wg/near";
          peers = [
            {
              publicKey = far.public;
              allowedIPs = [ "10.100.0.2/32" "10.101.0.0/24" ];
              endpoint = "127.0.0.1:51821";
              persistentKeepalive = 25;
            }
          ];
        };
        wg1 = {
          preSetup = "ip netns add far";
          interfaceNamespace = "far";
          ips = [ "10.100.0.2/24" "10.101.0.1/24" ];
          listenPort = 51821;
          privateKeyFile = "/etc/wg/far";
          peers = [
            {
              publicKey = near.public;
              allowedIPs = [ "10.100.0.0/24" ];
            }
          ];
        };
      };
      networking.wg-quick.interfaces.wgq = {
        address = [ "10.102.0.1/24" ];
        privateKeyFile = "/var/lib/wgq/key";
        generatePrivateKeyFile = true;
        postUp = "touch /run/wgq-is-up";
        peers = [
          {
            publicKey = far.public;
            allowedIPs = [ "10.103.0.0/24" ];
          }
        ];
      };

      services.unbound = {
        enable = true;
        resolveLocalQueries = false;
        localControlSocketPath = "/run/unbound/unbound.ctl";
        settings.server = {
          port = 5353;
          local-zone = [ "example.test. static" ];
          local-data = [ "\"www.example.test. A 192.0.2.7\"" ];
        };
      };
      services.dnsmasq = {
        enable = true;
        settings = {
          server = [ "/example.test/127.0.0.1#5353" ];
          address = [ "/dnsmasq.test/192.0.2.8" ];
        };
      };

      # What NetworkManager has, beside the interfaces of systemd-networkd.
      networking.networkmanager = {
        enable = true;
        ensureProfiles = {
          environmentFiles = [ "/etc/nm-variables" ];
          profiles.inner = {
            connection = {
              id = "inner";
              type = "dummy";
              interface-name = "nm0";
            };
            ipv4 = {
              method = "manual";
              address1 = "$INNER_ADDRESS/24";
            };
          };
        };
        dispatcherScripts = [
          {
            source = pkgs.writeShellScript "event" ''
              echo "$1 $2" >> /run/nm-events
            '';
          }
        ];
      };
      environment.etc."nm-variables".text = "INNER_ADDRESS=10.110.0.1\n";

      services.chrony.enable = true;
      services.iperf3.enable = true;
      services.knot = {
        enable = true;
        settings = {
          server.listen = [ "127.0.0.1@5300" ];
          zone."knot.test".file = pkgs.writeText "knot.test" ''
            @ 3600 SOA ns.knot.test. admin.knot.test. 1 3600 600 86400 3600
            @ 3600 NS ns
            ns 3600 A 192.0.2.5
          '';
        };
      };
      services.kea.dhcp4 = {
        enable = true;
        settings = {
          interfaces-config.interfaces = [ "eth1" ];
          lease-database = {
            type = "memfile";
            persist = true;
            name = "/var/lib/kea/dhcp4.leases";
          };
          subnet4 = [
            {
              id = 1;
              subnet = "192.168.1.0/24";
              pools = [ { pool = "192.168.1.100 - 192.168.1.110"; } ];
            }
          ];
        };
      };
      services.openvpn.servers =
        let
          end = local: remote: port: other: {
            autoStart = false;
            config = ''
              dev tun
              proto udp
              local 127.0.0.1
              lport ${port}
              remote 127.0.0.1 ${other}
              ifconfig ${local} ${remote}
              secret /run/vpn.key
              cipher AES-256-CBC
            '';
            up = "echo $dev >> /run/vpn-is-up";
          };
        in
        {
          one = end "10.120.0.1" "10.120.0.2" "1201" "1202";
          two = end "10.120.0.2" "10.120.0.1" "1202" "1201";
        };
      services.tor = {
        enable = true;
        client.enable = true;
        client.dns.enable = true;
        relay.onionServices.ssh.map = [ 22 ];
      };
      services.yggdrasil = {
        enable = true;
        persistentKeys = true;
        settings.Listen = [ "tcp://127.0.0.1:9943" ];
      };
      virtualisation.memorySize = 1024;
      virtualisation.restrictNetwork = true;
      environment.systemPackages = [ pkgs.dnsutils pkgs.jq ];
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("wireguard: packets pass a tunnel"):
        machine.wait_for_unit("wireguard-wg0.target")
        machine.succeed("ping -c 1 10.100.0.2", "ping -c 1 10.101.0.1")
        assert "${far.public}" in machine.succeed("wg show wg0 latest-handshakes")
        machine.succeed("systemctl stop wireguard-wg0.service")
        machine.fail("ip link show wg0")

    with subtest("wg-quick"):
        machine.wait_for_unit("wg-quick-wgq.service")
        machine.succeed("test -e /run/wgq-is-up", "ip route get 10.103.0.9 | grep wgq")
        assert machine.succeed("stat -c %a /var/lib/wgq/key").strip() == "600"
        machine.succeed("systemctl stop wg-quick-wgq.service")
        machine.fail("ip link show wgq")

    with subtest("NetworkManager"):
        machine.wait_until_succeeds("ip -4 address show nm0 | grep 10.110.0.1/24")
        assert "inner" in machine.succeed("nmcli --terse --fields NAME connection show --active")
        assert "eth1:ethernet:unmanaged" in machine.succeed("nmcli --terse --fields DEVICE,TYPE,STATE device")
        machine.wait_until_succeeds("grep 'nm0 up' /run/nm-events")
        machine.succeed("ip -4 address show eth1 | grep 192.168.1.1/24")

    with subtest("chrony and iperf3"):
        machine.wait_until_succeeds("chronyc tracking")
        machine.succeed("iperf3 --client 127.0.0.1 --time 1")

    with subtest("knot"):
        machine.wait_for_unit("knot.service")
        assert machine.succeed("dig +short @127.0.0.1 -p 5300 ns.knot.test").strip() == "192.0.2.5"
        machine.succeed("knotc zone-status knot.test")

    with subtest("kea"):
        machine.wait_for_unit("kea-dhcp4-server.service")
        machine.wait_until_succeeds("ss -lun | grep 192.168.1.1:67")

    with subtest("openvpn: two ends connect"):
        machine.succeed("openvpn --genkey secret /run/vpn.key")
        machine.succeed("systemctl start openvpn-one openvpn-two")
        machine.succeed("grep tun /run/vpn-is-up", "ip route get 10.120.0.2")

    with subtest("tor"):
        machine.wait_for_unit("tor.service")
        machine.wait_until_succeeds("grep '[.]onion$' /var/lib/tor/onion/ssh/hostname")
        machine.succeed("ss -ltn | grep 127.0.0.1:9050", "ss -lun | grep 127.0.0.1:9053")

    with subtest("yggdrasil"):
        machine.wait_for_unit("yggdrasil.service")
        machine.succeed("ss -ltn | grep 127.0.0.1:9943")
        key = machine.succeed("jq -r .PrivateKey /var/lib/yggdrasil/keys.json")
        machine.succeed("systemctl restart yggdrasil")
        assert machine.succeed("jq -r .PrivateKey /run/yggdrasil/yggdrasil.conf") == key

    with subtest("unbound"):
        machine.wait_for_unit("unbound.service")
        assert machine.succeed("dig +short @127.0.0.1 -p 5353 www.example.test").strip() == "192.0.2.7"
        machine.succeed("unbound-control status", "test -s /var/lib/unbound/root.key")

    with subtest("dnsmasq resolves for the machine"):
        machine.wait_for_unit("dnsmasq.service")
        assert machine.succeed("dig +short @127.0.0.1 www.example.test").strip() == "192.0.2.7"
        assert "192.0.2.8" in machine.succeed("getent ahostsv4 dnsmasq.test")
        assert "192.0.2.7" in machine.succeed("getent ahostsv4 www.example.test")
  '';
}
