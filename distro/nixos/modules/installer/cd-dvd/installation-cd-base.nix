# What all discs for setting up machines have.
{ lib, ... }:

{
  imports = [
    ./iso-image.nix
    ../../profiles/all-hardware.nix
    ../../profiles/base.nix
    ../../profiles/installation-device.nix
  ];

  isoImage = {
    edition = lib.mkDefault "installer";
    appendToMenuLabel = lib.mkDefault " Installer";
    makeEfiBootable = true;
    makeUsbBootable = true;
  };
}
