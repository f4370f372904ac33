# An image for Linode, which takes a compressed file system: `linode-cli image-upload'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ../image/file-options.nix
    ./disk-size-option.nix
    ./linode-config.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "linodeImage" "diskSize" ]
      [ "virtualisation" "diskSize" ]
    )
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "linodeImage";
      format = "raw.gz";
      partitionTableType = "none";
    })
    {
      system.nixos.tags = [ "linode" ];
    }
  ];
}
