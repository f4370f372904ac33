# An image for OpenStack, which takes it by `openstack image create --disk-format qcow2'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.openstackImage;
in
{
  imports = [
    ../../../modules/image/file-options.nix
    ../../../modules/virtualisation/disk-size-option.nix
    ../../../modules/virtualisation/openstack-config.nix
    (lib.mkRenamedOptionModule [ "openstackImage" "sizeMB" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "openstackImage" "name" ] [ "image" "baseName" ])
  ];

  options.openstackImage.format = mkOption {
    type = types.enum [ "raw" "qcow2" ];
    default = "qcow2";
    description = "The format of the image's file.";
  };

  config = lib.mkMerge [
    (import ../../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "openstackImage";
      inherit (cfg) format;
      partitionTableType = if config.openstack.efi then "efi" else "legacy";
    })
    {
      system.nixos.tags = [ "openstack" ];
    }
  ];
}
