# Thorough: a machine that systemd-boot starts by UEFI, with updates for processors, and a package of the component contrib.
{
  name = "archives";
  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.useBootLoader = true;
      boot.loader.systemd-boot = {
        enable = true;
        configurationLimit = 2;
        extraFiles."efi/probe.txt" = pkgs.writeText "probe.txt" "a file of the partition\n";
        extraEntries."probe.conf" = "title Probe\nefi /efi/probe.txt\n";
        extraInstallCommands = "echo installed >> /root/installed";
      };
      boot.loader.efi.canTouchEfiVariables = true;
      hardware.cpu.intel.updateMicrocode = true;
      hardware.cpu.amd.updateMicrocode = true;
      environment.systemPackages = [
        pkgs.translate-shell
        pkgs.debianPackages.systemd-boot
        pkgs.cpio
      ];
      specialisation.other.configuration.networking.hostName = "other";
    };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    system = machine.succeed("readlink -f /run/current-system").strip()
    other = machine.succeed("readlink -f /run/current-system/specialisation/other").strip()

    with subtest("systemd-boot started the machine, and bootctl knows its menu"):
        loader = machine.succeed("cat /boot/loader/loader.conf")
        assert "default nixos-generation-1.conf" in loader, loader
        listed = machine.succeed("bootctl list --no-pager")
        assert "nixos-generation-1.conf" in listed and "nixos-generation-1-specialisation-other.conf" in listed, listed
        status = machine.succeed("bootctl status --no-pager")
        assert "Product: systemd-boot" in status, status
        assert "a file of" in machine.succeed("cat /boot/efi/probe.txt")

    with subtest("updates for processors are the first archives of the initrd"):
        names = machine.succeed("cpio -t --quiet < /run/current-system/initrd")
        assert "kernel/x86/microcode/GenuineIntel.bin" in names, names
        machine.succeed("grep -c kernel/x86/microcode/AuthenticAMD.bin /run/current-system/initrd")

    with subtest("a package of contrib"):
        machine.succeed("test -s /usr/bin/trans")

    with subtest("a switch makes a variant the default, and a generation of it keeps the first one's entry"):
        machine.succeed(f"{other}/bin/switch-to-configuration boot")
        assert "default nixos-generation-1-specialisation-other.conf" in machine.succeed("cat /boot/loader/loader.conf")
        machine.succeed(f"ln -s {other} /nix/var/nix/profiles/system-2-link && ln -sfn system-2-link /nix/var/nix/profiles/system")
        machine.succeed(f"{other}/bin/switch-to-configuration boot")
        assert "default nixos-generation-2.conf" in machine.succeed("cat /boot/loader/loader.conf")
        entries = machine.succeed("ls /boot/loader/entries").split()
        generations = ["nixos-generation-1-specialisation-other.conf", "nixos-generation-1.conf", "nixos-generation-2.conf"]
        assert entries == [*generations, "probe.conf"], entries
        assert machine.succeed("cat /root/installed").split() == ["installed", "installed"]

    with subtest("generations beyond the limit leave the menu, and kernels that none needs the partition"):
        machine.succeed(f"ln -s {other} /nix/var/nix/profiles/system-3-link && touch /boot/EFI/nixos/old.efi")
        machine.succeed(f"{other}/bin/switch-to-configuration boot")
        assert "nixos-generation-1.conf" not in machine.succeed("ls /boot/loader/entries")
        kernels = machine.succeed("ls /boot/EFI/nixos").split()
        assert len(kernels) == 2, kernels
        machine.succeed("bootctl list --no-pager | grep nixos-generation-3")

    with subtest("the machine starts the new default"):
        machine.shutdown()
        machine.start()
        machine.wait_for_unit("multi-user.target")
        assert machine.succeed("readlink -f /run/booted-system").strip() == other
        machine.succeed("hostname | grep -x other")
  '';
}
