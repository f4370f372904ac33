{ config, lib, pkgs, modulesPath, ... }:
{
  fileSystems."/" = { device = "/dev/disk/by-label/nixos"; autoResize = true; fsType = "ext4"; };
  boot.kernelParams = [ "console=ttyS0" ];
  boot.loader.grub.device = "/dev/vda";
  documentation.nixos.enable = false;
  users.users.tarn = { isNormalUser = true; extraGroups = [ "wheel" ]; password = ""; };
  system.stateVersion = "20.09";
}
