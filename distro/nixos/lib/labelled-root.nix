# The root file system of a machine that is started from an image: it is found by its label, and takes the whole disk.
{ lib, ... }:

{
  fileSystems."/" = {
    device = lib.mkDefault "/dev/disk/by-label/nixos";
    fsType = lib.mkDefault "ext4";
    autoResize = lib.mkDefault true;
  };
  boot.growPartition = lib.mkDefault true;
}
