# The option of a kind of image that chooses its firmware, by the path of the option and its default.
path: default:
{ config, lib, ... }:

let
  efi = lib.getAttrFromPath path config;
in
{
  options = lib.setAttrByPath path (
    lib.mkOption {
      type = lib.types.bool;
      inherit default;
      description =
        "Whether UEFI starts the machine, by GRUB's program for it; otherwise BIOS does.";
    }
  );
  config = {
    boot.loader.grub.device = lib.mkIf efi (lib.mkDefault "nodev");
    virtualisation.useEFIBoot = lib.mkIf efi (lib.mkDefault true);
    fileSystems = lib.mkIf efi {
      "/boot/efi" = {
        device = lib.mkDefault "/dev/disk/by-label/ESP";
        fsType = lib.mkDefault "vfat";
        options = lib.mkDefault [ "umask=0077" ];
      };
    };
  };
}
