# systemd-timesyncd: the clock.
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
      description = "Whether systemd-timesyncd synchronises the clock with time servers (NTP).";
    };
    servers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Time servers (NTP) to use. If null, those that systemd was built with.";
    };
    fallbackServers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "0.debian.pool.ntp.org" ];
      description =
        "Time servers to use if no others are known. If null, those that systemd was built with.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "PollIntervalMaxSec=180";
      description =
        "Lines to append to the [Time] section of timesyncd.conf, as in timesyncd.conf(5).";
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
