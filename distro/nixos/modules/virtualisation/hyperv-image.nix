# An image for Hyper-V, for machines of the second generation.
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
    (lib.mkRenamedOptionModule [ "hyperv" "baseImageSize" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "hyperv" "vmFileName" ] [ "image" "baseName" ])
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "hypervImage";
      format = "vhdx";
      partitionTableType = "efi";
    })
    {
      boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
      virtualisation.hypervGuest.enable = true;
      system.nixos.tags = [ "hyperv" ];
    }
  ];
}
