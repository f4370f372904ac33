# A router between two networks, and a machine in each.
{ lib, ... }:
{
  name = "networks";

  nodes = {
    client =
      { nodes, lib, ... }:
      {
        virtualisation.vlans = [ 1 ];
        networking.defaultGateway = "192.168.1.2";
      };
    router = {
      virtualisation.vlans = [ 1 2 ];
      boot.kernel.sysctl."net.ipv4.ip_forward" = 1;
      networking.firewall.enable = false;
    };
    server = {
      virtualisation.vlans = [ 2 ];
      networking.defaultGateway = "192.168.2.2";
      networking.firewall.allowedTCPPorts = [ 7000 ];
    };
  };

  testScript = ''
    client.start(allow_reboot=True)
    start_all()
    for node in machines:
        node.wait_for_unit("multi-user.target")
    client.wait_until_succeeds("ping -4 -c 1 router")
    client.wait_until_succeeds("ping -4 -c 1 server")
    t.assertEqual(server.succeed("ip -4 -o address show eth1").split()[3], "192.168.2.3/24")
    server.execute("echo through the router | nc -l -N 7000 > /dev/null 2>&1 &")
    t.assertEqual(client.wait_until_succeeds("nc -d 192.168.2.3 7000"), "through the router\n")
    router.block()
    client.fail("ping -4 -c 1 -W 2 server")
    router.unblock()
    client.wait_until_succeeds("ping -4 -c 1 -W 5 server")
    router.shutdown()
    client.fail("ping -4 -c 1 -W 2 server")

    with subtest("a machine boots again with what was written"):
        boot = client.succeed("cat /proc/sys/kernel/random/boot_id")
        client.succeed("touch /root/kept; sync")
        client.reboot()
        client.wait_for_unit("multi-user.target")
        t.assertNotEqual(client.succeed("cat /proc/sys/kernel/random/boot_id"), boot)
        client.crash()
        client.wait_for_file("/root/kept")
  '';
}
