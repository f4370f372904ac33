# The blog's machine, as far as this tree has what it names: no linuxPackages_5_15, no python310, no hybrid partition tables.
{
  config,
  lib,
  pkgs,
  modulesPath,
  ...
}:
{
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    autoResize = true;
    fsType = "ext4";
  };
  boot.kernelParams = [ "console=ttyS0" ];
  boot.loader.grub.device = "/dev/vda";
  users.users.tarn = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    password = "";
  };
  system.stateVersion = "20.09";
  system.build.qcow2 = import (modulesPath + "/../lib/make-disk-image.nix") {
    inherit lib config pkgs;
    diskSize = 10240;
    format = "qcow2";
    partitionTableType = "legacy";
  };
}
