# The machine tells its host whether it is well, over a port of its own: an update that is not is taken back by the host
# (docs/remote.md). A machine without that port starts nothing.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.bootflake.health;
in
{
  options.bootflake.health = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description =
        "Whether the machine tells its host when it is well: its units have started, none has failed, and "
        + "{option}`bootflake.health.command` succeeds.";
    };
    command = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "curl --fail --silent http://localhost/";
      description =
        "What has to succeed in the machine, as root, before it counts as well. It is tried again until it does.";
    };
    timeout = lib.mkOption {
      type = lib.types.ints.positive;
      default = 60;
      description =
        "Seconds, from when the units have started, after which a failed unit or command is no longer waited for.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.udev.extraRules = ''
      SUBSYSTEM=="virtio-ports", ATTR{name}=="bootflake.health", TAG+="systemd", ENV{SYSTEMD_WANTS}="bootflake-health.service"
    '';
    systemd.services.bootflake-health = {
      description = "Report to the Machine's Host";
      bindsTo = [ "dev-virtio\\x2dports-bootflake.health.device" ];
      after = [ "dev-virtio\\x2dports-bootflake.health.device" ];
      restartIfChanged = false;
      environment.TIMEOUT = toString cfg.timeout;
      serviceConfig = {
        ExecStart =
          "/bin/sh ${./guest-health.sh}"
          + lib.optionalString
            (cfg.command != "")
            " ${pkgs.writeShellScript "health-command" cfg.command}";
        Restart = "on-failure";
        RestartSec = 1;
      };
    };
  };
}
