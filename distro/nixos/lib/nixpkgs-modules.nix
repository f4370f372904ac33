# Which files of nixpkgs' nixos/modules fromNixpkgs leaves out, beside those whose paths the distribution's own modules have.
{
  # Their file, or a folder of theirs, -> ours that has its options.
  replaced = {
    "config/locale.nix" = "config/i18n.nix";
    "config/system-environment.nix" = "config/shells-environment.nix";
    "config/nix-channel.nix" = "config/nix.nix";
    "config/nix-channel/" = "config/nix.nix";
    "config/nix-flakes.nix" = "config/nix.nix";
    "config/nix-remote-build.nix" = "config/nix.nix";
    "misc/extra-arguments.nix" = "misc/utils.nix";
    "programs/bash/bash.nix" = "programs/bash.nix";
    "programs/command-not-found/command-not-found.nix" = "programs/programs.nix";
    "programs/environment.nix" = "config/shells-environment.nix";
    "programs/nano.nix" = "programs/programs.nix";
    "programs/shadow.nix" = "config/users-groups.nix";
    "programs/vim.nix" = "programs/programs.nix";
    "programs/zsh/zsh-autosuggestions.nix" = "programs/zsh.nix";
    "programs/zsh/zsh-syntax-highlighting.nix" = "programs/zsh.nix";
    "programs/zsh/zsh.nix" = "programs/zsh.nix";
    "security/auditd.nix" = "security/audit.nix";
    "security/apparmor/" = "security/apparmor.nix";
    "security/systemd-confinement.nix" = "system/boot/systemd-options.nix";
    "services/misc/nix-daemon.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-gc.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-optimise.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-ssh-serve.nix" = "services/system/nix-daemon.nix";
    "services/networking/ssh/sshd.nix" = "services/networking/sshd.nix";
    "services/system/nscd.nix" = "config/nsswitch.nix";
    "services/ttys/agetty.nix" = "services/ttys/getty.nix";
    "system/boot/emergency-mode.nix" = "system/boot/systemd-options.nix";
    "system/boot/initrd-network.nix" = "system/boot/initrd/network.nix";
    "system/boot/initrd-ssh.nix" = "system/boot/initrd/ssh.nix";
    "system/boot/loader/efi.nix" = "system/boot/loader/loader.nix";
    "system/boot/loader/generic-extlinux-compatible" = "system/boot/loader/loader.nix";
    "system/boot/loader/grub/grub.nix" = "system/boot/loader/grub.nix";
    "system/boot/loader/grub/memtest.nix" = "system/boot/loader/grub.nix";
    "system/boot/loader/systemd-boot/systemd-boot.nix" = "system/boot/loader/systemd-boot.nix";
    "system/boot/luksroot.nix" = "system/boot/initrd/luks.nix";
    "system/boot/modprobe.nix" = "system/boot/kernel.nix";
    "system/boot/shutdown.nix" = "system/boot/systemd.nix";
    "tasks/filesystems/" = "tasks/filesystems.nix";
    "tasks/lvm.nix" = "system/boot/initrd/lvm.nix";
    "tasks/network-interfaces-scripted.nix" = "tasks/network-interfaces.nix";
    "tasks/network-interfaces-systemd.nix" = "tasks/network-interfaces.nix";
    "tasks/swraid.nix" = "system/boot/initrd/swraid.nix";
    "virtualisation/nixos-containers.nix" = "virtualisation/nixos-containers/default.nix";
    "virtualisation/oci-containers.nix" = "virtualisation/oci-containers/default.nix";
    "virtualisation/podman.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman-dnsname.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman-network-socket.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman-network-socket-ghostunnel.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman/dnsname.nix" = "virtualisation/podman/default.nix";
    "virtualisation/qemu-guest-agent.nix" = "services/virtualisation/qemu-guest-agent.nix";
  };

  # Files of the distribution that only refuse what theirs of the same path do: theirs are taken, and take their place.
  refusals = [
    "services/networking/networkmanager.nix"
    "services/networking/wpa_supplicant.nix"
    "services/x11/xserver.nix"
  ];

  # What NixOS has by default and a server of Debian has not: their file -> an option that is off unless someone sets it.
  offByDefault = {
    "config/fonts/fontconfig.nix" = [ "fonts" "fontconfig" "enable" ];
    "config/xdg/autostart.nix" = [ "xdg" "autostart" "enable" ];
    "config/xdg/icons.nix" = [ "xdg" "icons" "enable" ];
    "config/xdg/menus.nix" = [ "xdg" "menus" "enable" ];
    "config/xdg/sounds.nix" = [ "xdg" "sounds" "enable" ];
    "config/power-management.nix" = [ "powerManagement" "enable" ];
    "security/rngd.nix" = [ "security" "rngd" "enable" ];
    "services/hardware/udisks2.nix" = [ "services" "udisks2" "enable" ];
  };

  # Files about the parts of a system that are made otherwise here: the boot loaders and the initrd that no image has, the tools of an
  # installation, documentation of NixOS itself.
  meaningless = [
    "config/gtk/gtk-icon-cache.nix"
    "installer/tools/tools.nix"
    "misc/nixops-autoluks.nix"
    "system/boot/initrd-openvpn.nix"
    "system/boot/kexec.nix"
    "system/boot/loader/generations-dir/generations-dir.nix"
    "system/boot/loader/grub/ipxe.nix"
    "system/boot/loader/init-script/init-script.nix"
    "system/boot/loader/raspberrypi/raspberrypi.nix"
    "system/boot/plymouth.nix"
    "tasks/bcache.nix"
    "tasks/encrypted-devices.nix"
    "testing/service-runner.nix"
  ];
}
