# power-profiles-daemon: profiles of power by D-Bus, with Debian's unit.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.power-profiles-daemon;
in
{
  options.services.power-profiles-daemon = {
    enable =
      lib.mkEnableOption
        "power-profiles-daemon, by which desktops choose between power and its saving";
    package = lib.mkPackageOption pkgs "power-profiles-daemon" { };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.services.tlp.enable;
        message =
          "services.power-profiles-daemon and services.tlp change the same settings. Enable only one of them.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.power-profiles-daemon.wantedBy = [ "graphical.target" "multi-user.target" ];
  };
}
