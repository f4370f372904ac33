# An image for Amazon EC2, which takes it by `aws ec2 import-snapshot'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.amazonImage;
  inherit (config.ec2) efi;
in
{
  imports = [
    ../../../modules/image/file-options.nix
    ../../../modules/virtualisation/amazon-image.nix
    ../../../modules/virtualisation/disk-size-option.nix
    (lib.mkRenamedOptionModule [ "amazonImage" "sizeMB" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "amazonImage" "name" ] [ "image" "baseName" ])
  ];

  options.amazonImage = {
    format = mkOption {
      type = types.enum [ "raw" "qcow2" "vpc" ];
      default = "vpc";
      description = "The format of the image's file.";
    };
    contents = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      example = lib.literalExpression ''[ { source = ./motd; target = "/etc/motd.ec2"; } ]'';
      description = "Files to add to the image, as in make-disk-image.nix.";
    };
  };

  config = lib.mkMerge [
    (import ../../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "amazonImage";
      inherit (cfg) format;
      partitionTableType = if efi then "efi" else "legacy+gpt";
      arguments = { inherit (cfg) contents; };
    })
    {
      system.nixos.tags = [ "amazon" ];
    }
  ];
}
