# Programs for repairing a machine, and the file systems that its disks may have.
{ lib, pkgs, ... }:

{
  environment.systemPackages = [
    pkgs.w3m
    pkgs.testdisk
    pkgs.mtools
    pkgs.efibootmgr
    pkgs.efivar
    pkgs.parted
    pkgs.gptfdisk
    pkgs.ddrescue
    pkgs.cryptsetup
    pkgs.mkpasswd
    pkgs.vim
    pkgs.tcpdump
    pkgs.fuse
    pkgs.sshfs
    pkgs.rsync
    pkgs.socat
    pkgs.screen
    pkgs.sdparm
    pkgs.hdparm
    pkgs.smartmontools
    pkgs.pciutils
    pkgs.usbutils
    pkgs.nvme-cli
    pkgs.unzip
    pkgs.zip
  ];
  boot.supportedFilesystems = lib.mapAttrs (_: lib.mkDefault) {
    btrfs = true;
    cifs = true;
    f2fs = true;
    ntfs = true;
    vfat = true;
    xfs = true;
  };
}
