# A guest of OpenStack.
{ lib, ... }:

{
  imports = [
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "ConfigDrive" "OpenStack" ])
    (import ../../lib/efi-option.nix [ "openstack" "efi" ] false)
  ];

  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
  boot.growPartition = lib.mkDefault true;
  boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
  services.qemuGuest.enable = lib.mkDefault true;
}
