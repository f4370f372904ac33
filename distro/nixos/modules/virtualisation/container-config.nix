# A system that runs in a container: it has no kernel, no initrd and no boot loader, and what the machine does is not its to do.
{ config, lib, ... }:

let
  inherit (lib) mkDefault mkOption types;
in
{
  options.boot = {
    isContainer = mkOption {
      type = types.bool;
      default = config.boot.isNspawnContainer || config.boot.isContainerImage;
      defaultText = lib.literalExpression "config.boot.isNspawnContainer";
      description = "Whether the system runs in a container, with the kernel of another system.";
    };
    isNspawnContainer = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the system runs in a container of systemd-nspawn, as those of `containers` do.";
    };
    isContainerImage = mkOption {
      type = types.bool;
      default = false;
      internal = true;
      description =
        "Whether the system is the whole root of a container, whose /usr is Debian's tree itself and not a mount above it.";
    };
  };

  config = lib.mkIf config.boot.isContainer {
    boot.loader.grub.enable = mkDefault false;
    boot.growPartition = mkDefault false;
    console.enable = mkDefault false;
    documentation.enable = mkDefault false;
    services.openssh.startWhenNeeded = mkDefault true;
    # The clock is the machine's, which gives it a copy of its own /etc/resolv.conf, too.
    services.timesyncd.enable = lib.mkOverride 900 false;
    services.resolved.enable = lib.mkOverride 900 false;

    # An interface that the machine has configured is none of networkd's, which would be waited for.
    systemd.network.wait-online.enable = mkDefault (
      config.networking.interfaces != { } || config.networking.useDHCP
    );

    systemd.services.nftables =
      lib.mkIf
        (
          config.networking.firewall.enable
          || config.networking.nat.enable
          || config.networking.nftables.enable
        )
        {
          unitConfig.ConditionCapability = "CAP_NET_ADMIN";
        };
    systemd.services.console-getty.enable = true;
    systemd.suppressedSystemUnits = [
      "systemd-udevd.service"
      "systemd-udev-trigger.service"
      "systemd-udevd-control.socket"
      "systemd-udevd-kernel.socket"
    ];
  };
}
