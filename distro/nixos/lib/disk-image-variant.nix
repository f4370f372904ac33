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
in
lib.mkMerge [
  (import ./image-firmware.nix { inherit lib; } { isEfi = partitionTableType == "efi"; })
  {
    # As that of the firmware, another machine's root does not count.
    fileSystems."/" = lib.mkImageMediaOverride {
      device = "/dev/disk/by-label/nixos";
      fsType = "ext4";
      autoResize = true;
    };
    boot.growPartition = lib.mkDefault true;

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
]
