# An image of a disk for virtual machines of any kind, `system.build.images.qemu' and its like.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkOption types;
  cfg = config.image;
  formats = import ../../lib/image-formats.nix;
in
{
  imports = [
    ../image/file-options.nix
    ../profiles/qemu-guest.nix
    ./disk-size-option.nix
  ];

  options.image = {
    format = mkOption {
      type = types.enum (builtins.filter formats.isPlain formats.names);
      default = "qcow2";
      description = "The format of the image's file.";
    };
    efiSupport = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether UEFI starts the machine, by systemd-boot; otherwise BIOS does, by GRUB.";
    };
  };

  config = lib.mkMerge [
    (import ../../lib/image-firmware.nix { inherit lib; } {
      isEfi = cfg.efiSupport;
      systemdBoot = cfg.efiSupport;
    })
    {
      boot.growPartition = mkDefault true;
      boot.kernelParams = [ "console=ttyS0" ];
      fileSystems = lib.mkImageMediaOverride (
        {
          "/" = {
            device = "/dev/disk/by-label/nixos";
            autoResize = true;
            fsType = "ext4";
          };
        }
        // lib.optionalAttrs cfg.efiSupport {
          "/boot" = {
            device = "/dev/disk/by-label/ESP";
            fsType = "vfat";
            options = [ "umask=0077" ];
          };
        }
      );

      system.nixos.tags = [ cfg.format ] ++ lib.optional cfg.efiSupport "efi";
      image.extension = formats.extensionOf cfg.format;
      system.build.image = import ../../lib/make-disk-image.nix {
        inherit config lib pkgs;
        inherit (config.virtualisation) diskSize;
        inherit (cfg) baseName format;
        partitionTableType = if cfg.efiSupport then "efi" else "legacy";
      };
    }
  ];
}
