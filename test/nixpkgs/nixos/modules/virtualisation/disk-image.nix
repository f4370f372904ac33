# An image without commands. As in NixOS, the extension of a raw one is not that of its file.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.image;
in
{
  imports = [ ../image/file-options.nix ];
  options.image.format = mkOption { type = types.enum [ "raw" "qcow2" ]; default = "qcow2"; };
  options.image.efiSupport = mkOption { type = types.bool; default = true; };

  config = {
    boot.loader.grub.enable = !cfg.efiSupport;
    boot.loader.grub.device = lib.mkIf (!cfg.efiSupport) "/dev/vda";
    boot.loader.systemd-boot.enable = cfg.efiSupport;
    image.extension = cfg.format;
    system.build.image = import ../../lib/make-disk-image.nix {
      inherit lib config pkgs;
      inherit (cfg) baseName format;
      partitionTableType = if cfg.efiSupport then "efi" else "legacy";
    };
  };
}
