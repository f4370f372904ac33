# Growing the root partition on a disk that is larger than the image.
{ config, lib, ... }:

{
  options.boot.growPartition = lib.mkOption {
    type = lib.types.bool;
    default = config.fileSystems."/".autoResize or false;
    defaultText = lib.literalExpression ''config.fileSystems."/".autoResize'';
    description =
      "Whether the root partition grows to the end of its disk at boot. Defaults to `autoResize` of the root file "
      + "system, which would have no effect on a disk otherwise.";
  };

  imports = [
    (lib.mkRenamedOptionModule [ "virtualisation" "growPartition" ] [ "boot" "growPartition" ])
  ];

  # sfdisk, which writes the partition table.
  config.system.basePackages = lib.mkIf config.boot.growPartition [ "fdisk" ];
}
