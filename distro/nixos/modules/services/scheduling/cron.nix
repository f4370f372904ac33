# cron.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.cron;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  at = name: {
    option = "services.cron.${name}";
    file = "/etc/crontab";
  };
in
{
  options.services.cron = {
    enable = lib.mkEnableOption "the cron daemon, which runs commands at set times";
    systemCronJobs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "* * * * * root ls -l / > /tmp/root-listing" ];
      description = "Lines of /etc/crontab: the time in five fields, the user, and the command.";
    };
    mailto = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "root";
      description = "The address to which the output of jobs is mailed; null leaves it to cron.";
    };
    cronFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description =
        "Files whose lines are added to the system crontab. They are read during evaluation.";
    };
  };

  config = lib.mkIf (cfg.enable || cfg.systemCronJobs != [ ]) {
    environment.systemPackages = [ pkgs.cron ];
    environment.etc.crontab = {
      mode = "0600";
      text = ''
        SHELL=/bin/bash
        PATH=/usr/sbin:/usr/bin
        ${
          lib.optionalString
            (cfg.mailto != null)
            "MAILTO=\"${text.restrict "[^\"[:cntrl:]]*" "quotes or line breaks" (at "mailto") cfg.mailto}\""
        }
        ${lib.concatStringsSep "\n" (map (text.wholeLine (at "systemCronJobs")) cfg.systemCronJobs ++ map builtins.readFile cfg.cronFiles)}
      '';
    };
    systemd.services.cron.wantedBy = [ "multi-user.target" ];
    users.groups.crontab = { };
  };
}
