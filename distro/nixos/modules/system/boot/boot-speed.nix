# Work that a boot postpones or omits.
#
# Without KVM, a process that systemd starts takes a tenth of a second and more, most of it for its sandbox. So a boot starts as few as
# possible before the login prompt: the initrd makes the mounts that take one system call, units without work in a virtual machine are
# masked, static device nodes are created together with all other files, and what no process needs by then starts after the prompt.
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
    # A timer instead of an ordering: many of the units are ordered before sysinit.target, if they start with it.
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
      # Interfaces of the kernel that few programs use. Their users can mount them.
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

    # Includes /dev, for which other systems have separate units. Stage 2 writes the list of static nodes to /run/tmpfiles.d.
    services.systemd-tmpfiles-setup = {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart = [ "" "systemd-tmpfiles --create --remove --boot" ];
    };

    # The modules for processors are large (kvm), and no part of the boot needs them.
    services.udev-trigger-processors = {
      description = "Coldplug Processors";
      after = [ "systemd-udevd.service" ];
      unitConfig = {
        DefaultDependencies = false;
        # Containers cannot write to it.
        ConditionPathIsReadWrite = "/sys";
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "udevadm trigger --type=devices --action=add --subsystem-match=cpu";
      };
    };
    # Devices only, for which there are rules: there are none for drivers and modules. Each of the 64 virtual terminals would be a unit.
    services.systemd-udev-trigger = {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart =
        let
          trigger = "-udevadm trigger --type=devices --action=add";
          without = lib.concatMapStringsSep " " (name: "--subsystem-nomatch=${name}");
          terminals = lib.concatMapStringsSep " " (name: "--sysname-match=${name}");
        in
        [
          ""
          (
            "${trigger} "
            + without [
              "ata_device"
              "ata_link"
              "ata_port"
              "bdi"
              "clockevents"
              "clocksource"
              "cpu"
              "event_source"
              "machinecheck"
              "mem"
              "memory"
              "tty"
              "vc"
              "vtconsole"
              "wakeup"
              "workqueue"
            ]
            + " --prioritized-subsystem=block,net,virtio-ports,input"
          )
          (
            "${trigger} --subsystem-match=tty "
            + terminals [ "console" "ptmx" "tty" "tty[0-9]" "tty1[0-2]" "tty[A-Z]*" "hvc*" "xvc*" ]
          )
        ];
    };
  };
}
