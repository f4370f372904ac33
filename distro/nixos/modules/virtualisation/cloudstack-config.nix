# A guest of CloudStack.
{ lib, ... }:

{
  imports = [
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "ConfigDrive" "CloudStack" ])
  ];

  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
  boot.growPartition = lib.mkDefault true;
  boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
  boot.initrd.availableKernelModules = [ "xen_blkfront" "xen_netfront" ];
  services.qemuGuest.enable = lib.mkDefault true;
}
