# An image for KubeVirt: a disk of a machine of Kubernetes.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ../image/file-options.nix
    ../profiles/qemu-guest.nix
    ./disk-size-option.nix
    (import ../../lib/cloud-guest.nix [ "NoCloud" "ConfigDrive" ])
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "kubevirtImage";
      format = "qcow2";
    })
    {
      boot.kernelParams = [ "console=ttyS0" ];
      services.qemuGuest.enable = lib.mkDefault true;
      system.nixos.tags = [ "kubevirt" ];
    }
  ];
}
