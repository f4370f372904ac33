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
        why = "without udev no disk and no network would be found";
      }
    ])
  ];

  options.services.udev = {
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with rules. Debian's are read from /usr/lib/udev/rules.d.";
    };
    extraRules = mkOption {
      type = types.lines;
      default = "";
      description = "Rules of udev(7).";
    };
    extraHwdb = mkOption {
      type = types.lines;
      default = "";
      description = "Not available: the data base of hardware is made with the image.";
    };
    path = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with programs that rules start.";
    };
  };

  config = {
    environment.systemPackages = cfg.packages ++ cfg.path;
    environment.etc."udev/rules.d/99-local.rules" = lib.mkIf (cfg.extraRules != "") {
      text = cfg.extraRules;
    };
    assertions = [
      {
        assertion = cfg.extraHwdb == "";
        message =
          "services.udev.extraHwdb is not available: the data base of hardware is made from Debian's packages.";
      }
    ];
  };
}
