# A router that translates addresses, whose inner side is a VLAN over a bond; the machine behind it has the VLAN over a bridge.
{ ... }:
let
  web = content: {
    networking.firewall.allowedTCPPorts = [ 80 ];
    environment.etc."web/page".text = "${content}\n";
    systemd.services.web = {
      wantedBy = [ "multi-user.target" ];
      script = "exec python3 -u -m http.server --directory /etc/web 80";
    };
  };
  packages = { pkgs, ... }: { environment.systemPackages = [ pkgs.python3 pkgs.curl ]; };
  inside = number: {
    networking.vlans.vlan10.id = 10;
    networking.interfaces.vlan10.ipv4.addresses = [{ address = "10.10.0.${toString number}"; prefixLength = 24; }];
  };
in
{
  name = "router";

  defaults.networking.useDHCP = false;
  nodes = {
    client = {
      imports = [ packages (web "from inside") (inside 2) ];
      virtualisation.vlans = [ 2 ];
      networking.bridges.br0.interfaces = [ "eth1" ];
      networking.interfaces.br0.mtu = 1400;
      networking.vlans.vlan10.interface = "br0";
      networking.defaultGateway = { address = "10.10.0.1"; interface = "vlan10"; };
    };
    router = {
      imports = [ packages (inside 1) ];
      virtualisation.vlans = [ 1 2 3 ];
      networking = {
        bonds.bond0 = { interfaces = [ "eth2" "eth3" ]; driverOptions = { mode = "active-backup"; miimon = "100"; primary = "eth2"; }; };
        vlans.vlan10.interface = "bond0";
        nat = {
          enable = true;
          externalInterface = "eth1";
          internalInterfaces = [ "vlan10" ];
          forwardPorts = [{ sourcePort = 8080; destination = "10.10.0.2:80"; loopbackIPs = [ "192.168.1.2" ]; }];
        };
        firewall.filterForward = true;
        localCommands = "ip link show bond0 > /run/local-commands";
      };
    };
    server = {
      imports = [ packages (web "from outside") ];
    };
  };

  testScript = ''
    start_all()
    for node in machines:
        node.wait_for_unit("multi-user.target")

    def page(node, address):
        return node.wait_until_succeeds(f"curl --fail --silent --max-time 10 http://{address}/page")

    with subtest("a VLAN over a bridge reaches one over a bond"):
        client.wait_until_succeeds("ping -c 1 10.10.0.1")
        t.assertIn("mtu 1400", client.succeed("ip link show br0"))
        t.assertIn("master br0", client.succeed("ip link show eth1"))
        t.assertIn("vlan protocol 802.1Q id 10", client.succeed("ip -d link show vlan10"))
        status = router.succeed("cat /proc/net/bonding/bond0")
        t.assertIn("fault-tolerance (active-backup)", status)
        t.assertIn("Currently Active Slave: eth2", status)
        t.assertIn("Primary Slave: eth2", status)
        router.succeed("test -s /run/local-commands")

    with subtest("packets go outside under the router's address"):
        t.assertEqual(page(client, "192.168.1.3"), "from outside\n")
        t.assertRegex(server.succeed("journalctl -u web"), r"192\.168\.1\.2 .*GET /page")

    with subtest("a port leads inside, from outside and from the router itself"):
        t.assertEqual(page(server, "192.168.1.2:8080"), "from inside\n")
        t.assertEqual(page(router, "192.168.1.2:8080"), "from inside\n")
        t.assertEqual(page(client, "192.168.1.2:8080"), "from inside\n")

    with subtest("nothing else goes inside"):
        server.succeed("ip route add 10.10.0.0/24 via 192.168.1.2")
        server.fail("curl --fail --max-time 3 http://10.10.0.2/page")

    with subtest("without its rules the router translates nothing"):
        router.succeed("systemctl stop firewall")
        t.assertEqual(router.succeed("nft list tables"), "")
        t.assertEqual(page(client, "192.168.1.3"), "from outside\n")
        t.assertRegex(server.succeed("journalctl -u web"), r"10\.10\.0\.2 .*GET /page")
        router.succeed("systemctl start firewall")
        t.assertIn("nixos-nat", router.succeed("nft list tables"))
        server.fail("curl --fail --max-time 3 http://10.10.0.2/page")

    with subtest("a reload removes the tables that were loaded and are no longer there, and no others"):
        router.succeed("nft add table ip others", "nft add table ip old")
        router.succeed("printf 'table ip old\\ndelete table ip old\\n' >> /run/nftables.loaded")
        router.succeed("systemctl reload nftables")
        t.assertEqual(len(router.succeed("nft list tables").splitlines()), 3)
        router.succeed("nft list table ip others")
  '';
}
