# What modules of disk images for a kind of host share: the root file system's place, and the image by make-disk-image.nix. The result is
# a part of a configuration.
{
  config,
  lib,
  pkgs,
}:
{
  # The name of the image in `system.build' besides `image'.
  attribute,
  # Those of make-disk-image.nix.
  format,
  partitionTableType ? "legacy",
  arguments ? { },
}:

let
  formats = import ./image-formats.nix;
  # Its image starts from UEFI alone.
  isEfi = partitionTableType == "efi";
in
{
  # What the configuration says of another machine's disk and firmware does not count.
  fileSystems."/" = lib.mkImageMediaOverride {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
  boot.growPartition = lib.mkDefault true;
  boot.loader = {
    systemd-boot.enable = lib.mkImageMediaOverride false;
    grub.enable = lib.mkImageMediaOverride true;
    grub.device = lib.mkImageMediaOverride (if isEfi then "nodev" else "/dev/vda");
    grub.secureBoot.enable = lib.mkIf (!isEfi) (lib.mkImageMediaOverride false);
  };
  virtualisation.useEFIBoot = lib.mkImageMediaOverride isEfi;

  image.extension = formats.extensionOf format;
  image.filePath = formats.fileNameOf format (arguments.baseName or config.image.baseName);
  system.build = {
    image = config.system.build.${attribute};
    ${attribute} = import ./make-disk-image.nix ({
      inherit config format lib partitionTableType pkgs;
      inherit (config.image) baseName;
      inherit (config.virtualisation) diskSize;
    } // arguments);
  };
}
