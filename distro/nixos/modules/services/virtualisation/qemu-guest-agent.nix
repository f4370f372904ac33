# The QEMU guest agent.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.qemuGuest;
in
{
  options.services.qemuGuest = {
    enable = lib.mkEnableOption "the QEMU guest agent, where the machine has a channel for it";
    package = lib.mkPackageOption pkgs.debianPackages "qemu-guest-agent" {
      pkgsText = "pkgs.debianPackages";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # The channel's device starts the agent: a machine without one does not wait for it.
    services.udev.extraRules = ''
      SUBSYSTEM=="virtio-ports", ATTR{name}=="org.qemu.guest_agent.0", TAG+="systemd", ENV{SYSTEMD_WANTS}="qemu-guest-agent.service"
    '';
    systemd.services.qemu-guest-agent = {
      description = "Agent of the virtual machine's host";
      bindsTo = [ "dev-virtio\\x2dports-org.qemu.guest_agent.0.device" ];
      after = [ "dev-virtio\\x2dports-org.qemu.guest_agent.0.device" ];
      serviceConfig = {
        ExecStart = "-/usr/sbin/qemu-ga";
        Restart = "always";
        RestartSec = 0;
      };
    };
  };
}
