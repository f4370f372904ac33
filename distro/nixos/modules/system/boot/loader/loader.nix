# How long the boot menu waits, and how UEFI is spoken to.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.boot.loader = {
    timeout = mkOption {
      type = types.nullOr types.int;
      default = 0;
      description = "Seconds that the boot menu waits; null waits for ever. With 0, the default, no menu is shown: drawing it on a serial console takes longer than loading the kernel. NixOS waits 5.";
    };
    efi = {
      canTouchEfiVariables = mkOption { type = types.bool; default = false; description = "No effect: an image's loader is where UEFI looks for one on any disk."; };
      efiSysMountPoint = mkOption { type = types.str; default = "/boot"; description = "Where the EFI system partition is mounted, if it is among `fileSystems`."; };
    };
    systemd-boot.enable = mkOption { type = types.bool; default = false; description = "Not available: images boot with GRUB, under BIOS and UEFI."; };
    generic-extlinux-compatible.enable = mkOption { type = types.bool; default = false; description = "Not available."; };
    external.enable = mkOption { type = types.bool; default = false; visible = false; description = "Not available."; };
  };

  config.assertions = [
    { assertion = !config.boot.loader.systemd-boot.enable; message = "boot.loader.systemd-boot.enable is not available: images boot with GRUB, which serves BIOS and UEFI. Remove the line, or set boot.loader.grub.enable = true."; }
    { assertion = !config.boot.loader.generic-extlinux-compatible.enable; message = "boot.loader.generic-extlinux-compatible.enable is not available: images boot with GRUB."; }
  ];
}
