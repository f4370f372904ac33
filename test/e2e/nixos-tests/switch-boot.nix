# A machine with a boot loader, whose specialisation has other packages: it becomes the default of the next boot, and the machine's /usr
# while it runs.
{ pkgs, ... }:
{
  name = "switch-boot";
  nodes.machine = {
    virtualisation.useBootLoader = true;
    security.sudo.enable = true;
    specialisation.other.configuration = {
      environment.systemPackages = [ pkgs.hello ];
      boot.kernelParams = [ "other" ];
      system.preSwitchChecks.refusal = "[ ! -e /run/refuse ]";
    };
  };
  testScript = ''
    special = "/run/booted-system/specialisation/other"
    switch = "bin/switch-to-configuration"

    start_all()
    machine.wait_for_unit("multi-user.target")
    with subtest("the menu of the image is the one that the system's installer writes"):
        machine.succeed(f"cp /boot/grub/grub.cfg /root; /run/booted-system/{switch} boot; cmp /root/grub.cfg /boot/grub/grub.cfg")
    with subtest("a check refuses the switch"):
        status, out = machine.execute(f"touch /run/refuse; {special}/{switch} switch 2>&1")
        t.assertEqual((status, out), (1, "Pre-switch checks failed\n"))
        machine.succeed("rm /run/refuse; cmp /root/grub.cfg /boot/grub/grub.cfg")
    with subtest("the packages of the other system are in /usr"):
        machine.fail("hello")
        out = machine.succeed(f"{special}/{switch} switch 2>&1")
        assert "the following parts take effect when the machine restarts: kernel parameters\n" in out, out
        machine.succeed("hello", "modinfo virtio_net")
        machine.succeed("sudo -u nobody true && sudo id -u")
    with subtest("and go with it"):
        machine.succeed(f"/run/booted-system/{switch} test")
        machine.fail("hello")
        t.assertEqual(machine.succeed("grep -c ' /usr ' /proc/self/mountinfo"), "2\n")
    with subtest("the other system is the default of the next boot"):
        other = machine.succeed(f"readlink -f {special}")
        machine.shutdown()
        machine.wait_for_unit("multi-user.target")
        t.assertEqual(machine.succeed("readlink -f /run/booted-system"), other)
        machine.succeed("hello && grep -qw other /proc/cmdline && grep -q '(generation 1)' /boot/grub/grub.cfg")
  '';
}
