# A machine with state of its own, and with as little else as possible.
{ config, lib, modulesPath, pkgs, ... }: {
  imports = [ "${toString modulesPath}/profiles/qemu-guest.nix" ];
  boot.kernelParams = [ "console=ttyS0" ];
  boot.loader.grub.device = "/dev/vda";
  boot.loader.timeout = 0;
  fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; };
  users.users.tarn = { isNormalUser = true; password = ""; };
  system.stateVersion = "25.11";
  networking.firewall.enable = false;
  networking.useDHCP = false;
  services.resolved.enable = false;
  services.timesyncd.enable = false;
  bootflake.state = { enable = true; size = "256M"; };
  system.build.qcow2 = lib.mkDefault (import "${modulesPath}/../lib/make-disk-image.nix" { inherit config lib pkgs; format = "qcow2"; });
}
