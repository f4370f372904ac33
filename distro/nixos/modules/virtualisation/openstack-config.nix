# A guest of OpenStack.
{ lib, ... }:

{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "ConfigDrive" "OpenStack" ])
    (import ../../lib/efi-option.nix [ "openstack" "efi" ] false)
  ];

  boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
  services.qemuGuest.enable = lib.mkDefault true;
}
