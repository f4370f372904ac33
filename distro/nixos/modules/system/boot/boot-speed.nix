# What a boot does not wait for, and what it need not do.
#
# Without KVM a process that systemd starts costs a tenth of a second and more, most of it for setting up its sandbox. So a boot to
# the login prompt starts as few as it can: mounts that take one system call are made by the initrd, units without work in a virtual
# machine are masked, static device nodes are made together with all other files, and what nobody waits for comes after the prompt.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.systemd;
in
{
  options.systemd = {
    lateUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description =
        "Units that start after the login prompt, unless a unit that starts earlier needs them.";
    };
    suppressedUpstreamWants = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      internal = true;
      description =
        "Units that a package's unit would start along, but does not, by the name of that unit.";
    };
  };

  config.systemd = {
    targets.late = {
      description = "What a login does not wait for";
      wants = cfg.lateUnits;
      unitConfig.DefaultDependencies = false;
    };
    # A timer, and not an order, for many of the units have to come before sysinit.target when they start along with it.
    timers.late = {
      description = "Start what a login does not wait for";
      wantedBy = [ "multi-user.target" ];
      after = [ "getty.target" ];
      conflicts = [ "shutdown.target" ];
      before = [ "shutdown.target" ];
      unitConfig.DefaultDependencies = false;
      timerConfig = {
        OnActiveSec = "1s";
        AccuracySec = "1ms";
        Unit = "late.target";
      };
    };

    lateUnits = [
      "udev-trigger-processors.service"
      "systemd-journal-flush.service"
      "systemd-random-seed.service"
    ];
    suppressedUpstreamWants."sysinit.target" = config.systemd.lateUnits;

    suppressedSystemUnits = [
      # Stage 2 mounts the root with its options.
      "systemd-remount-fs.service"
      # The initrd mounts these.
      "dev-hugepages.mount"
      "dev-mqueue.mount"
      "run-lock.mount"
      # Interfaces of the kernel that few programs use; `mount` makes them when they are wanted.
      "sys-fs-fuse-connections.mount"
      "sys-kernel-config.mount"
      "modprobe@configfs.service"
      "modprobe@drm.service"
      "modprobe@fuse.service"
      # Made by systemd-tmpfiles-setup.service, see below.
      "kmod-static-nodes.service"
      "systemd-tmpfiles-setup-dev-early.service"
      "systemd-tmpfiles-setup-dev.service"
    ];

    # Also /dev, which has units of its own elsewhere. Stage 2 leaves the list of static nodes in /run/tmpfiles.d.
    services.systemd-tmpfiles-setup = {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart = [ "" "systemd-tmpfiles --create --remove --boot" ];
    };

    # What processors ask for is large (kvm), and nobody waits for it.
    services.udev-trigger-processors = {
      description = "Coldplug Processors";
      after = [ "systemd-udevd.service" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "udevadm trigger --type=devices --action=add --subsystem-match=cpu";
      };
    };
    # Devices only, without drivers and modules, which no rule is for, and without the hundred consoles and memory blocks.
    services.systemd-udev-trigger = {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart = [
        ""
        (
          "-udevadm trigger --type=devices --action=add --subsystem-nomatch=vc "
          + "--subsystem-nomatch=memory --subsystem-nomatch=workqueue --subsystem-nomatch=bdi "
          + "--subsystem-nomatch=mem --subsystem-nomatch=clockevents --subsystem-nomatch=clocksource "
          + "--subsystem-nomatch=event_source --subsystem-nomatch=cpu "
          + "--prioritized-subsystem=block,net,tty,input"
        )
      ];
    };
  };
}
