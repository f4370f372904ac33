# Swap in compressed memory: devices that Debian's systemd-zram-generator makes.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.zramSwap;
  generator = config.services.zram-generator;
  inherit (import ../../lib/formats { inherit lib; }) systemd;

  percent = "ram * ${toString cfg.memoryPercent} / 100";
  device = {
    zram-size =
      if cfg.memoryMax == null then
        percent
      else
        "min(${percent}, ${toString cfg.memoryMax} / 1024 / 1024)";
    compression-algorithm = cfg.algorithm;
    swap-priority = cfg.priority;
    writeback-device = cfg.writebackDevice;
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "zramSwap" "numDevices" ] (
      "Only devices for swap are made: zramSwap.swapDevices is their number."
    ))
  ];

  options.zramSwap = {
    enable = lib.mkEnableOption "swap in compressed memory";
    swapDevices = mkOption {
      type = types.ints.positive;
      default = 1;
      description = "The number of devices.";
    };
    memoryPercent = mkOption {
      type = types.ints.positive;
      default = 50;
      description = "The size of a device before compression, in per cent of the memory.";
    };
    memoryMax = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "The largest size of a device before compression, in bytes.";
    };
    priority = mkOption {
      type = types.int;
      default = 5;
      description = "The priority among swap devices: those with higher numbers are used first.";
    };
    algorithm = mkOption {
      type = types.either (types.enum [ "842" "lzo" "lzo-rle" "lz4" "lz4hc" "zstd" ]) types.str;
      default = "zstd";
      example = "lz4";
      description = "How memory is compressed.";
    };
    writebackDevice = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A block device for pages that compress badly.";
    };
  };

  options.services.zram-generator = {
    enable = lib.mkEnableOption "devices of compressed memory";
    package = lib.mkPackageOption pkgs.debianPackages "systemd-zram-generator" {
      pkgsText = "pkgs.debianPackages";
    };
    settings = mkOption {
      type = types.attrsOf (
        types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]))
      );
      default = { };
      example = { zram0.zram-size = "ram / 2"; };
      description = "The devices, as in zram-generator.conf(5).";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      assertions = [
        {
          assertion = cfg.writebackDevice == null || cfg.swapDevices == 1;
          message =
            "zramSwap.writebackDevice is for one device, but zramSwap.swapDevices is ${toString cfg.swapDevices}. Change one of them.";
        }
      ];
      services.zram-generator.enable = true;
      services.zram-generator.settings = lib.listToAttrs (
        map (n: lib.nameValuePair "zram${toString n}" device) (lib.range 0 (cfg.swapDevices - 1))
      );
    })
    (lib.mkIf generator.enable {
      environment.systemPackages = [ generator.package ];
      environment.etc."systemd/zram-generator.conf".text = systemd.settingsToText {
        option = "services.zram-generator.settings";
        file = "zram-generator.conf";
      } generator.settings;
    })
  ];
}
