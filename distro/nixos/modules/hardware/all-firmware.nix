# Firmware that drivers load, from Debian's component non-free-firmware.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.hardware;
in
{
  options.hardware = {
    enableAllFirmware = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether all firmware that Debian has is available, whatever its licence. Needs `nixpkgs.config.allowUnfree`.";
    };
    enableRedistributableFirmware = mkOption {
      type = types.bool;
      default = cfg.enableAllFirmware;
      defaultText = lib.literalExpression "config.hardware.enableAllFirmware";
      description =
        "Whether firmware with a licence that lets it be passed on is available: that of the Linux firmware collection (some 800 MB), of "
        + "sound and of wireless cards. A virtual machine needs none.";
    };
    wirelessRegulatoryDatabase = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the kernel has the rules for radio of each country.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.enableRedistributableFirmware || cfg.enableAllFirmware) {
      hardware.firmware = with pkgs; [
        linux-firmware
        intel2200BGFirmware
        rtl8192su-firmware
        rt5677-firmware
        rtl8761b-firmware
        zd1211fw
        sof-firmware
      ];
      hardware.wirelessRegulatoryDatabase = true;
    })
    (lib.mkIf cfg.enableAllFirmware {
      hardware.firmware = map (name: pkgs.debianPackages.${name}) [
        "atmel-firmware"
        "bluez-firmware"
        "dahdi-firmware-nonfree"
        "firmware-ivtv"
        "midisport-firmware"
      ];
      assertions = [
        {
          assertion = config.nixpkgs.config.allowUnfree or false;
          message =
            "hardware.enableAllFirmware is for firmware with licences that do not let it be passed on, too, and needs "
            + "nixpkgs.config.allowUnfree = true. Set that, or hardware.enableRedistributableFirmware instead.";
        }
      ];
    })
    (lib.mkIf cfg.wirelessRegulatoryDatabase { hardware.firmware = [ pkgs.wireless-regdb ]; })
  ];
}
