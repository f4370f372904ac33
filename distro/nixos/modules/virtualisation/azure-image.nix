# An image for Microsoft Azure, which takes a fixed VHD: `az disk create --upload-type Upload'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.azureImage;
  isEfi = cfg.vmGeneration == "v2";
in
{
  imports = [
    ../image/file-options.nix
    ./azure-common.nix
    ./disk-size-option.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "azureImage" "diskSize" ]
      [ "virtualisation" "diskSize" ]
    )
  ];

  options.virtualisation.azureImage = {
    bootSize = mkOption {
      type = types.ints.positive;
      default = 256;
      description = "Where the EFI system partition ends, in MiB.";
    };
    contents = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      example = lib.literalExpression ''[ { source = ./motd; target = "/etc/motd.azure"; } ]'';
      description = "Files to add to the image, as in make-disk-image.nix.";
    };
    vmGeneration = mkOption {
      type = types.enum [ "v1" "v2" ];
      default = "v1";
      description = "The generation of the machine: BIOS starts the first, UEFI the second.";
    };
  };

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "azureImage";
      format = "vpc-fixed";
      partitionTableType = if isEfi then "efi" else "legacy";
      arguments = {
        inherit (cfg) contents;
      } // lib.optionalAttrs isEfi { inherit (cfg) bootSize; };
    })
    {
      system.nixos.tags = [ "azure" ];
    }
  ];
}
