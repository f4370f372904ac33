{ pkgs, lib, ... }:
let
  switch = import ./switch.nix;
in
{
  name = "methods";

  nodes.machine =
    { ... }:
    {
      imports = [ switch.machine ];
      virtualisation.emptyDiskImages = [ 64 ];
      virtualisation.useEFIBoot = true;
      virtualisation.tpm.enable = true;
      virtualisation.sharedDirectories.given = {
        source = import ./given.nix;
        target = "/mnt/given";
      };
      systemd.services.greeter = {
        description = "Greets on a port";
        script = ''
          echo the greeter begins
          exec nc -l -k 127.0.0.1 7000
        '';
      };
      environment.etc.greeting.text = "hello\n";
      security.wrappers = {
        as-nobody = { source = "/usr/bin/id"; owner = "nobody"; group = "nogroup"; setuid = true; };
        read-all = { source = "/usr/bin/cat"; owner = "root"; group = "root"; capabilities = "cap_dac_read_search+p"; };
      };
      networking = {
        vlans.vlan10 = { id = 10; interface = "eth1"; };
        bridges.br0.interfaces = [ "tap0" ];
        interfaces.tap0.virtual = true;
        interfaces.vlan10.ipv4.addresses = [{ address = "10.10.0.1"; prefixLength = 24; }];
        nat = { enable = true; externalInterface = "eth1"; internalInterfaces = [ "vlan10" ]; };
        localCommands = "echo greeting > /run/local-commands";
      };
    };

  testScript =
    { nodes, ... }:
    ''
      import pathlib

      start_all()
      machine.wait_for_unit("multi-user.target")

      with subtest("commands"):
          assert machine.succeed("echo 1", "echo 2") == "1\n2\n"
          t.assertEqual(machine.execute("exit 7"), (7, ""))
          machine.fail("false | true", "echo $unset_variable")
          t.assertEqual(machine.succeed("head -c 3 /dev/zero | od -An -tx1").split(), ["00"] * 3)
          t.assertEqual(machine.execute("sleep 60", timeout=1)[0], 124)
          machine.wait_until_succeeds("test -e /etc/greeting")
          machine.wait_until_fails("test -e /nowhere")
          machine.wait_for_file("/etc/greeting")
          machine.succeed("hostname | grep -x ${nodes.machine.networking.hostName}")
          machine.succeed("test $(blockdev --getsize64 /dev/vdb) = ${toString (64 * 1024 * 1024)}")

      with subtest("firmware, TPM and a folder of the host"):
          machine.succeed("test -d /sys/firmware/efi")
          t.assertEqual(machine.succeed("cat /sys/class/tpm/tpm0/tpm_version_major"), "2\n")
          t.assertEqual(machine.succeed("cat /mnt/given/from-host"), "of the host\n")
          machine.succeed("echo of the guest > /mnt/given/from-guest")

      with subtest("units and ports"):
          machine.wait_for_closed_port(7000)
          status, _ = machine.systemctl("is-active greeter")
          t.assertEqual(status, 3)
          machine.start_job("greeter")
          machine.require_unit_state("greeter")
          machine.wait_for_open_port(7000)
          t.assertEqual(machine.get_unit_info("greeter")["Description"], "Greets on a port")
          machine.wait_for_console_text("the greeter .*")
          machine.stop_job("greeter")

      with subtest("wrappers have owners, setuid bits and capabilities"):
          t.assertIn("euid=65534(nobody)", machine.succeed("/run/wrappers/bin/as-nobody"))
          machine.fail("setpriv --reuid=games --clear-groups cat /etc/shadow")
          machine.succeed("setpriv --reuid=games --clear-groups /run/wrappers/bin/read-all /etc/shadow | grep ^root:")
          t.assertEqual(machine.succeed("readlink /run/wrappers/bin/su"), "/usr/bin/su\n")

      with subtest("interfaces made of others, and address translation"):
          machine.wait_until_succeeds("ip -4 address show vlan10 | grep 10.10.0.1/24")
          t.assertIn("vlan protocol 802.1Q id 10", machine.succeed("ip -d link show vlan10"))
          t.assertIn("master br0", machine.wait_until_succeeds("ip link show tap0 | grep master"))
          t.assertIn('iifname "vlan10" oifname "eth1" masquerade', machine.succeed("nft list table ip nixos-nat"))
          t.assertEqual(machine.succeed("cat /proc/sys/net/ipv4/conf/vlan10/forwarding /run/local-commands"), "1\ngreeting\n")
          machine.succeed("systemctl stop firewall")
          t.assertEqual(machine.succeed("nft list tables"), "")
          machine.succeed("systemctl start firewall")
          t.assertEqual(len(machine.succeed("nft list tables").splitlines()), 2)

      with subtest("files"):
          source = pathlib.Path(out_dir) / "source"
          source.write_bytes(bytes(range(256)))
          machine.copy_from_host(str(source), "/root/folder/copy")
          machine.succeed("cp /root/folder/copy /root/back")
          machine.copy_from_machine("/root/back", "from")
          t.assertEqual((pathlib.Path(out_dir) / "from/back").read_bytes(), source.read_bytes())

      with subtest("keyboard and screen"):
          machine.wait_until_tty_matches("1", "login: ")
          machine.send_chars("Some_One-2")
          machine.wait_until_tty_matches("1", "login: Some_One-2")
          machine.screenshot("screen")

      with subtest("the cable"):
          t.assertIn("192.168.1.1", machine.succeed("ip -4 address show eth1"))
          machine.block()
          machine.wait_until_fails("ip link show eth1 | grep LOWER_UP")
          machine.unblock()
          machine.wait_until_succeeds("ip link show eth1 | grep LOWER_UP")

      ${switch.script}
      try:
          machine.wait_for_unit("nothing.service", timeout=5)
      except Exception as error:
          print(f"as expected: {error}")
      with subtest("what fails"):
          machine.succeed("logger the last words of the journal; exit 3")
    '';
}
