# Which files of nixpkgs' nixos/modules fromNixpkgs leaves out, beside those whose paths the distribution's own modules have.
{
  # Their file, or a folder of theirs, -> ours that has its options.
  replaced = {
    "config/locale.nix" = "config/i18n.nix";
    "config/nix-channel.nix" = "config/nix.nix";
    "config/nix-channel/" = "config/nix.nix";
    "config/nix-flakes.nix" = "config/nix.nix";
    "config/nix-remote-build.nix" = "config/nix.nix";
    "config/system-environment.nix" = "config/shells-environment.nix";
    "hardware/opengl.nix" = "hardware/graphics.nix";
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
    "security/acme.nix" = "security/acme/default.nix";
    "security/apparmor-suid.nix" = "security/misc.nix";
    "security/apparmor/" = "security/apparmor.nix";
    "security/auditd.nix" = "security/audit.nix";
    "services/backup/zfs-replication.nix" = "tasks/zfs.nix";
    "services/misc/home-assistant.nix" = "services/home-automation/home-assistant.nix";
    "services/misc/lidarr.nix" = "services/misc/servarr/lidarr.nix";
    "services/misc/matrix-synapse.nix" = "services/matrix/synapse.nix";
    "services/backup/zrepl.nix" = "tasks/zfs.nix";
    "services/continuous-integration/hydra/" = "services/continuous-integration/hydra.nix";
    "services/misc/nix-daemon.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-gc.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-optimise.nix" = "services/system/nix-daemon.nix";
    "services/misc/nix-ssh-serve.nix" = "services/system/nix-daemon.nix";
    "services/misc/radarr.nix" = "services/misc/servarr/radarr.nix";
    "services/misc/sonarr.nix" = "services/misc/servarr/sonarr.nix";
    "services/networking/ntp/chrony.nix" = "services/networking/chrony.nix";
    "services/networking/ssh/sshd.nix" = "services/networking/sshd.nix";
    "services/security/bitwarden_rs/default.nix" = "services/security/vaultwarden/default.nix";
    "services/security/oauth2_proxy.nix" = "services/security/oauth2-proxy.nix";
    "services/security/oauth2_proxy_nginx.nix" = "services/security/oauth2-proxy-nginx.nix";
    "services/security/torsocks.nix" = "services/security/tor.nix";
    "services/system/nscd.nix" = "config/nsswitch.nix";
    "services/ttys/agetty.nix" = "services/ttys/getty.nix";
    "services/web-apps/codimd.nix" = "services/web-apps/hedgedoc.nix";
    "services/web-servers/caddy.nix" = "services/web-servers/caddy/default.nix";
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
    "virtualisation/podman-dnsname.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman-network-socket-ghostunnel.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman-network-socket.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman.nix" = "virtualisation/podman/default.nix";
    "virtualisation/podman/dnsname.nix" = "virtualisation/podman/default.nix";
    "virtualisation/qemu-guest-agent.nix" = "services/virtualisation/qemu-guest-agent.nix";
  };

  # Files of the distribution that only refuse what theirs of the same path do: theirs are taken, and take their place.
  refusals = [ "misc/of-nixpkgs.nix" "services/x11/xserver.nix" ];

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
    "tasks/auto-upgrade.nix"
    "tasks/bcache.nix"
    "tasks/encrypted-devices.nix"
    "testing/service-runner.nix"
  ];
}
