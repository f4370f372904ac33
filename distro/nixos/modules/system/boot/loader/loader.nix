# Options of all boot loaders: the menu's timeout, and UEFI.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  imports = [
    (import ../../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "boot" "loader" "generic-extlinux-compatible" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "images boot with GRUB or systemd-boot";
      }
      {
        path = [ "boot" "loader" "generic-extlinux-compatible" "configurationLimit" ];
        type = types.int;
        default = 20;
        why = "images boot with GRUB or systemd-boot";
      }
      {
        path = [ "boot" "loader" "raspberryPi" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "images are for PCs, and a Raspberry Pi is none";
      }
      {
        path = [ "boot" "loader" "raspberryPi" "version" ];
        type = types.int;
        default = 2;
        why = "images are for PCs, and a Raspberry Pi is none";
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
    efi.efiSysMountPoint = mkOption {
      type = types.singleLineStr;
      default = "/boot";
      description = "Where the EFI system partition is mounted. GRUB does not need it there.";
    };
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
