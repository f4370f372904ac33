# systemd-timesyncd: the time.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.services.timesyncd;
  inherit (import ../../../lib/formats { inherit lib; }) systemd;
  servers =
    option: key: list:
    systemd.setting {
      inherit option;
      file = "timesyncd.conf";
    } key (lib.concatStringsSep " " list);
in
{
  options.services.timesyncd = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the clock follows time servers.";
    };
    servers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Servers that tell the time; null for those that systemd was built with.";
    };
    fallbackServers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Servers to use if no other server responds.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of timesyncd.conf's [Time] section.";
    };
  };

  config = lib.mkIf cfg.enable {
    system.basePackages = [ "systemd-timesyncd" ];
    systemd.lateUnits = [ "systemd-timesyncd.service" ];
    systemd.upstreamAliases."dbus-org.freedesktop.timesync1.service" = "systemd-timesyncd.service";
    environment.etc."systemd/timesyncd.conf".text =
      "[Time]\n"
      + lib.optionalString (cfg.servers != null && cfg.servers != [ ]) (
        servers
          (
            if cfg.servers == config.networking.timeServers then
              "networking.timeServers"
            else
              "services.timesyncd.servers"
          )
          "NTP"
          cfg.servers
      )
      + lib.optionalString (cfg.fallbackServers != null) (
        servers "services.timesyncd.fallbackServers" "FallbackNTP" cfg.fallbackServers
      )
      + cfg.extraConfig;
  };
}
