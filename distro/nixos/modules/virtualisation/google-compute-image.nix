# An image for Google's Compute Engine, which takes an archive of the disk: `gcloud compute images create --source-uri'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.googleComputeImage;
in
{
  imports = [
    ../image/file-options.nix
    ./disk-size-option.nix
    ./google-compute-config.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "googleComputeImage" "diskSize" ]
      [ "virtualisation" "diskSize" ]
    )
  ];

  options.virtualisation.googleComputeImage = {
    contents = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
      description = "Files to add to the image, as in make-disk-image.nix.";
    };
    efi = mkOption {
      type = types.bool;
      default = false;
      description = "Whether UEFI starts the machine; otherwise BIOS does.";
    };
  };

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "googleComputeImage";
      format = "raw.tar.gz";
      partitionTableType = if cfg.efi then "efi" else "legacy";
      arguments = { inherit (cfg) contents; };
    })
    {
      system.nixos.tags = [ "google-compute" ];
    }
  ];
}
