# A guest of CloudStack.
{ lib, ... }:

{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "ConfigDrive" "CloudStack" ])
  ];

  boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
  boot.initrd.availableKernelModules = [ "xen_blkfront" "xen_netfront" ];
  services.qemuGuest.enable = lib.mkDefault true;
}
