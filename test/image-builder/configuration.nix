{ config, lib, pkgs, ... }: {
  boot.kernelParams = [ "console=ttyS0" ];
  fileSystems."/" = { device = "/dev/disk/by-label/nixos"; autoResize = true; fsType = "ext4"; };
  users.users.tarn = { isNormalUser = true; extraGroups = [ "wheel" ]; password = ""; uid = 1000; };
  users.groups.files.gid = 990;
  system.nixos.distroName = "NixOS";
  system.stateVersion = "23.05";
}
