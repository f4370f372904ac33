# iwd, which connects to wireless networks.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.networking.wireless.iwd;
  inherit (import ./networkmanager/ini.nix { inherit lib; }) sections;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
in
{
  options.networking.wireless.iwd = {
    enable = lib.mkEnableOption "iwd, which connects to wireless networks";
    package = lib.mkPackageOption pkgs "iwd" { };
    settings = mkOption {
      type = types.attrsOf (types.attrsOf atom);
      default = { };
      example = {
        Network.EnableIPv6 = true;
        Settings.AutoConnect = true;
      };
      description = "Sections of iwd's main.conf, as in iwd.config(5).";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.networking.wireless.enable;
        message =
          "networking.wireless.iwd.enable and networking.wireless.enable are both set, of which one can have the cards. Remove one.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    environment.etc."iwd/main.conf".text = sections [
      "networking"
      "wireless"
      "iwd"
      "settings"
    ] cfg.settings;
    systemd.tmpfiles.rules = [ "d /var/lib/iwd 0700 root root -" ];
    systemd.services.iwd = {
      overrideStrategy = "asDropin";
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc."iwd/main.conf".text ];
    };
    # Addresses are systemd-networkd's, unless iwd configures the network itself.
    networking.networkdFiles =
      lib.mkIf
        (
          config.networking.useDHCP
          && cfg.settings.General.EnableNetworkConfiguration or false != true
        )
        [ (import ../../../lib/wireless-dhcp.nix) ];
  };
}
