# fstrim: tells disks which blocks are free.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.fstrim;
in
{
  options.services.fstrim = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description =
        "Whether mounted file systems tell their disks at regular times which blocks are free. NixOS has it by default.";
    };
    package = lib.mkPackageOption pkgs.debianPackages "util-linux" {
      pkgsText = "pkgs.debianPackages";
    };
    interval = lib.mkOption {
      type = lib.types.str;
      default = "weekly";
      description = "When, as in systemd.time(7).";
    };
  };

  config = lib.mkIf cfg.enable {
    # Units of util-linux.
    environment.systemPackages = [ cfg.package ];
    systemd.timers.fstrim = {
      overrideStrategy = "asDropin";
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = [ "" cfg.interval ];
    };
  };
}
