# A guest of DigitalOcean.
{ lib, ... }:

{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "ConfigDrive" "DigitalOcean" ])
  ];

  boot.kernelParams = [ "console=ttyS0" "panic=1" "boot.panic_on_fail" ];
}
