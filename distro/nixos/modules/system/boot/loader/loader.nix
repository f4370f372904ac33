# Options of all boot loaders: the menu's timeout, and UEFI.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  unused = "images boot with GRUB, not with systemd-boot";
in
{
  imports = [
    (import ../../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "boot" "loader" "efi" "efiSysMountPoint" ];
        type = types.str;
        default = "/boot";
        why = "nothing is written to the EFI system partition once the image is made";
      }
      {
        path = [ "boot" "loader" "systemd-boot" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "images boot with GRUB, which serves BIOS and UEFI. Remove the line, or set boot.loader.grub.enable = true";
      }
      {
        path = [ "boot" "loader" "systemd-boot" "editor" ];
        type = types.bool;
        default = true;
        why = unused;
      }
      {
        path = [ "boot" "loader" "systemd-boot" "consoleMode" ];
        type = types.enum [ "0" "1" "2" "5" "auto" "max" "keep" ];
        default = "keep";
        why = unused;
      }
      {
        path = [ "boot" "loader" "systemd-boot" "configurationLimit" ];
        type = types.nullOr types.int;
        default = null;
        why = unused;
      }
      {
        path = [ "boot" "loader" "generic-extlinux-compatible" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "images boot with GRUB";
      }
      {
        path = [ "boot" "loader" "external" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "images boot with GRUB, and no command of another boot loader is run while they are made";
      }
    ])
  ];

  options.boot.loader = {
    efi.canTouchEfiVariables = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether installing a boot loader may change EFI variables. Images need no change: their boot loader is where "
        + "UEFI looks for one on any disk.";
    };
    timeout = mkOption {
      type = types.nullOr types.int;
      default = 0;
      description =
        "How many seconds the boot menu waits before the default entry is booted; null waits indefinitely. With 0, the "
        + "default, no menu is shown: drawing it on a serial console takes longer than loading the kernel. NixOS's default "
        + "is 5.";
    };
  };
}
