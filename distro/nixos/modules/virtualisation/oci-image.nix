# An image for Oracle Cloud Infrastructure, which takes it as a custom image of the type QCOW2.
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
    ./oci-common.nix
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "OCIImage";
      format = "qcow2";
      partitionTableType = if config.oci.efi then "efi" else "legacy";
    })
    {
      system.nixos.tags = [ "oci" ];
    }
  ];
}
