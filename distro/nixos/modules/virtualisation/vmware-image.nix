# An image for VMware: the disk of a machine.
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
    (import ../../lib/host-drivers.nix {
      host = "VMware";
      drivers = [ "ahci" "mptsas" "mptspi" "nvme" "vmw_pvscsi" "vmxnet3" ];
    })
    (lib.mkRenamedOptionModule [ "vmware" "baseImageSize" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "vmware" "vmFileName" ] [ "image" "baseName" ])
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "vmwareImage";
      format = "vmdk";
      partitionTableType = "efi";
    })
    {
      boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
      virtualisation.vmware.guest.enable = true;
      system.nixos.tags = [ "vmware" ];
    }
  ];
}
