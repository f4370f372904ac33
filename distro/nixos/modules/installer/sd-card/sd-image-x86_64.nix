# An image for an SD card or a USB stick, which BIOS and UEFI start.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.sdImage;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
in
{
  imports = [
    ../../image/file-options.nix
    ../../profiles/all-hardware.nix
    ../../virtualisation/disk-size-option.nix
    (lib.mkRenamedOptionModule [ "sdImage" "imageBaseName" ] [ "image" "baseName" ])
  ];

  options.sdImage = {
    compressImage = flag true "Whether the image is compressed by zstd.";
    expandOnBoot = flag true "Whether the root file system takes the whole card at the first boot.";
  };

  config = lib.mkMerge [
    (import ../../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "sdImage";
      format = if cfg.compressImage then "raw.zst" else "raw";
      partitionTableType = "hybrid";
    })
    {
      boot.kernelPackages = lib.mkDefault pkgs.linuxPackages_generic;
      boot.kernelParams = [ "console=ttyS0,115200n8" "console=tty0" ];
      boot.growPartition = cfg.expandOnBoot;
      system.nixos.tags = [ "sd-card" ];
    }
  ];
}
