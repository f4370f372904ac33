# A firmware with Secure Boot starts what is signed, and nothing else.
{ pkgs, ... }:
{
  name = "secure-boot";

  defaults.virtualisation = {
    useEFIBoot = true;
    useSecureBoot = true;
    useBootLoader = true;
  };
  nodes = {
    signed.environment.systemPackages = [ pkgs.mokutil ];
    unsigned.boot.loader.grub.secureBoot.enable = false;
  };

  testScript = ''
    with subtest("a boot loader without a signature is refused"):
        unsigned.start()
        unsigned.wait_for_console_text("failed to load Boot.* Access Denied", timeout=300)
        unsigned.crash()

    with subtest("shim, GRUB and the kernel are signed"):
        signed.start()
        signed.wait_for_console_text("EFI stub: UEFI Secure Boot is enabled", timeout=300)

    with subtest("the system, with locked down kernel"):
        signed.wait_for_unit("multi-user.target")
        t.assertIn("SecureBoot enabled", signed.succeed("mokutil --sb-state"))
        t.assertIn("[integrity]", signed.succeed("cat /sys/kernel/security/lockdown"))
        # Modules are checked: an altered one is refused.
        signed.succeed("cp -L $(modinfo -n dummy) /root/dummy.ko.xz && xz -d /root/dummy.ko.xz")
        signed.succeed("insmod /root/dummy.ko && rmmod dummy")
        signed.succeed("printf x | dd of=/root/dummy.ko bs=1 seek=200 conv=notrunc")
        signed.fail("insmod /root/dummy.ko")
  '';
}
