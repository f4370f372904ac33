# ModemManager, for modems of mobile networks.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.networking.modemmanager;
  inherit (import ../../../lib/formats { inherit lib; }) text;
in
{
  options.networking.modemmanager = {
    enable = mkOption {
      type = types.bool;
      default = config.networking.networkmanager.enable;
      defaultText = lib.literalExpression "config.networking.networkmanager.enable";
      description =
        "Whether ModemManager is there, for modems of mobile networks. It starts when it is needed.";
    };
    package = lib.mkPackageOption pkgs "modemmanager" { };
    fccUnlockScripts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            id = mkOption {
              type = types.str;
              example = "03f0:4e1d";
              description = "The modem's vendor and product: of USB or PCI.";
            };
            path = mkOption {
              type = types.path;
              description = "The script that unlocks the modem.";
            };
          };
        }
      );
      default = [ ];
      description = "Scripts that unlock modems that may not send otherwise.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc = builtins.listToAttrs (
      map (
        s:
        lib.nameValuePair
          "ModemManager/fcc-unlock.d/${
            text.fileName {
              option = "networking.modemmanager.fccUnlockScripts.*.id";
              file = "/etc/ModemManager/fcc-unlock.d";
            } s.id
          }"
          {
            source = s.path;
            mode = "0544";
          }
      ) cfg.fccUnlockScripts
    );
    systemd.upstreamAliases."dbus-org.freedesktop.ModemManager1.service" = "ModemManager.service";
  };
}
