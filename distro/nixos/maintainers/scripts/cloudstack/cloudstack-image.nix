# An image for CloudStack, which takes it as a template of the format QCOW2.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ../../../modules/image/file-options.nix
    ../../../modules/virtualisation/cloudstack-config.nix
    ../../../modules/virtualisation/disk-size-option.nix
  ];

  config = lib.mkMerge [
    (import ../../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "cloudstackImage";
      format = "qcow2";
    })
    {
      system.nixos.tags = [ "cloudstack" ];
    }
  ];
}
