# Limits of the partitions of disk images, by the names that NixOS' images by systemd-repart have for them.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  size = types.nullOr (types.either types.ints.positive (types.strMatching "[1-9][0-9]*[KMGT]?"));
  limits = what: {
    SizeMinBytes = mkOption {
      type = size;
      default = null;
      example = "2G";
      description =
        "The least size of ${what}, in bytes or with K, M, G or T. What it has more than its files is free.";
    };
    SizeMaxBytes = mkOption {
      type = size;
      default = null;
      example = "8G";
      description =
        "The greatest size of ${what}, in bytes or with K, M, G or T. It is an error if its files do not fit. A guest whose file system "
        + "grows at boot goes beyond it (`boot.growPartition`).";
    };
  };
in
{
  options.image.repart.partitions = {
    root.repartConfig =
      limits
        "the root partition of disk images, or of their file system where they have no partitions";
    esp.repartConfig = limits "the EFI system partition of disk images that have one";
  };
}
