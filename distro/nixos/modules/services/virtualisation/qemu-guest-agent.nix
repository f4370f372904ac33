# qemu's agent in the guest.
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
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether qemu's agent runs, if the machine has its channel.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.debianPackages.qemu-guest-agent;
      defaultText = lib.literalExpression "pkgs.debianPackages.qemu-guest-agent";
      description = "The package of the agent.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # Started by the channel, so that a machine without one does not wait for it.
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
