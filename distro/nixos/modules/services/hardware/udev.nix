# udev: rules of one's own.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.services.udev;
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "udev" "enable" ];
        type = types.bool;
        default = true;
        refused = true;
        why = "without udev, no disk and no network interface would be found";
      }
    ])
  ];

  options.hardware.firmware = mkOption {
    type = types.listOf types.package;
    default = [ ];
    example = lib.literalExpression "[ pkgs.debianPackages.firmware-linux-free ]";
    description =
      "Packages with firmware that drivers load, in lib/firmware. Of several files of one name the first package's is used.";
  };

  options.services.udev = {
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages that provide udev rules. Debian's are found in /usr/lib/udev/rules.d.";
    };
    extraRules = mkOption {
      type = types.lines;
      default = "";
      example = ''
        SUBSYSTEM=="net", ATTR{address}=="00:11:22:33:44:55", NAME="lan0"
      '';
      description = "Additional udev rules, as in udev(7).";
    };
    extraHwdb = mkOption {
      type = types.lines;
      default = "";
      description = "Not available: the hardware database is made from Debian's packages.";
    };
    path = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with programs that udev rules run.";
    };
  };

  config = {
    environment.systemPackages = cfg.packages ++ cfg.path ++ config.hardware.firmware;
    environment.etc."udev/rules.d/99-local.rules" = lib.mkIf (cfg.extraRules != "") {
      text = cfg.extraRules;
    };
    assertions = [
      {
        assertion = cfg.extraHwdb == "";
        message =
          "services.udev.extraHwdb is not available: the hardware database is made from Debian's packages. Remove the setting.";
      }
    ];
  };
}
