# Commands of the host in this machine: `bootflake vm exec`, without network, sshd and password. The host's end are sockets of the machine
# that only its owner may open; a machine without these ports starts nothing.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.bootflake.guestShell;
in
{
  options.bootflake.guestShell.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description =
      "Whether the host of this machine can run commands in it (`bootflake vm exec`, `vm cp`, tests), as root, over a port of its own "
      + "that only the machine's owner on the host may open.";
  };

  config = lib.mkIf cfg.enable {
    services.udev.extraRules = ''
      SUBSYSTEM=="virtio-ports", ATTR{name}=="bootflake.shell.0", TAG+="systemd", ENV{SYSTEMD_WANTS}="bootflake-shell.service"
    '';
    systemd.services.bootflake-shell = {
      description = "Commands of the Machine's Host";
      bindsTo = [ "dev-virtio\\x2dports-bootflake.shell.0.device" ];
      after = [ "dev-virtio\\x2dports-bootflake.shell.0.device" ];
      # An update of the system must not end the command that makes it.
      restartIfChanged = false;
      serviceConfig = {
        ExecStart = "/usr/bin/perl ${./guest-shell.pl}";
        Restart = "always";
        RestartSec = 1;
        OOMScoreAdjust = -500;
      };
    };
  };
}
