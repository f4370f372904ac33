# What each machine of a test has: its image, the options that describe it, and what the driver needs.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;

  image = import ../make-disk-image.nix {
    inherit lib pkgs config;
    name = "nixos-test-image-${cfg.test.nodeName}";
    format = "qcow2";
    additionalPaths = cfg.additionalPaths;
    # Without a boot loader the disk is the file system, as NixOS has it.
    installBootLoader = cfg.useBootLoader;
    partitionTableType =
      if !cfg.useBootLoader then "none" else if cfg.useEFIBoot then "efi" else "legacy";
    # On NixOS the disk holds no store: all of its size is free at first.
    additionalSpace = "${toString (if cfg.diskSize == "auto" then 1024 else cfg.diskSize)}M";
  };

  # Above the defaults of options, below everything else.
  byDefault = lib.mkOverride 1400;
  inherit (import ../machine-description.nix { inherit lib; }) machineDescription shareMounts;
  described = machineDescription { inherit config; };

  # As the boot loader's entry has it.
  directBoot =
    let
      inherit (config.system) build;
      inherit (config.boot.kernelPackages) kernel;
    in
    {
      file = "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}";
      initrd = "${build.initialRamdisk}/initrd";
      commandLine = lib.concatStringsSep " " ([
        "init=${build.toplevel}/init"
      ] ++ config.boot.kernelParams);
    };

  absent = if cfg.useDefaultFilesystems then lib.mkVMOverride else lib.mkDefault;
in
{
  imports = [
    ../../modules/profiles/qemu-guest.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "pathsInNixDB" ]
      [
        "virtualisation"
        "additionalPaths"
      ]
    )
  ];

  options.virtualisation = {
    additionalPaths = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Store paths that the machine's store has besides its system.";
    };
    fileSystems = options.fileSystems;
    useDefaultFilesystems = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the machine has the root file system of tests. Without it, `virtualisation.fileSystems` describes the root.";
    };
    test = mkOption {
      internal = true;
      default = { };
      description = "The machine as the driver starts it.";
      type = types.submodule {
        options = {
          nodeName = mkOption {
            type = types.str;
            description = "The machine's name in the script.";
          };
          nodeNumber = mkOption {
            type = types.ints.between 1 254;
            description = "Its number in the order of names.";
          };
          networks = mkOption {
            type = types.listOf types.raw;
            description = "The network and the MAC address of eth1, eth2 and so on.";
          };
          description = mkOption {
            type = types.raw;
            description = "See src/nixos-test/description.ts.";
          };
        };
      };
    };
  };

  config = {
    virtualisation.test.description =
      {
        # As on NixOS, scripts name a machine by its host name.
        name =
          if config.networking.hostName != "" then
            config.networking.hostName
          else
            cfg.test.nodeName;
        image = "${image}";
        kernel = if cfg.useBootLoader then null else directBoot;
        memory = cfg.memorySize;
        inherit (cfg) cores;
        inherit (cfg.test) networks;
        inherit (described) disks forwards qemuArguments;
      }
      # What few machines have. A test without it stays the same.
      // lib.optionalAttrs (described.firmware != null) { inherit (described) firmware; }
      // lib.optionalAttrs (described.shares != [ ]) { inherit (described) shares; }
      // lib.optionalAttrs described.tpm { tpm = true; }
      // lib.optionalAttrs described.restrictNetwork { restrictNetwork = true; }
      // lib.optionalAttrs (described.resolution != null) { inherit (described) resolution; };
    system.build.testImage = image;
    assertions = [
      {
        assertion = cfg.useSecureBoot -> cfg.useBootLoader;
        message =
          "virtualisation.useSecureBoot needs virtualisation.useBootLoader = true in a test: Secure Boot refuses a kernel that qemu starts "
          + "itself, as shim, which knows Debian's key, is not there.";
      }
    ];
    # NixOS's defaults of a test's machine.
    virtualisation.memorySize = byDefault 1024;
    virtualisation.cores = byDefault 1;
    virtualisation.diskSize = byDefault 1024;
    virtualisation.useBootLoader = byDefault false;

    # As on NixOS, a configuration's own disks are not there.
    virtualisation.fileSystems = lib.mkMerge [
      (lib.mkIf cfg.useDefaultFilesystems {
        "/" = {
          device = "/dev/disk/by-label/nixos";
          fsType = "ext4";
        };
      })
      (lib.mkIf
        (cfg.useDefaultFilesystems && cfg.useBootLoader && config.boot.loader.systemd-boot.enable)
        {
          ${config.boot.loader.efi.efiSysMountPoint} = {
            device = "/dev/disk/by-label/ESP";
            fsType = "vfat";
            options = [ "umask=0077" ];
          };
        }
      )
      (shareMounts cfg.sharedDirectories)
    ];
    fileSystems = lib.mkVMOverride cfg.fileSystems;
    swapDevices = absent [ ];
    boot.initrd.luks.devices = absent { };
    boot.loader.grub.device = lib.mkDefault "/dev/vda";
    boot.loader.timeout = lib.mkDefault 0;
    # The last one is /dev/console. A kernel that panics is a machine that has ended.
    # On a busy host, an emulated timer seems broken to the kernel's check.
    boot.kernelParams = [
      "console=tty0"
      "console=ttyS0"
      "panic=1"
      "systemd.show_status=false"
      "no_timer_check"
    ];

    # Commands are executed as soon as the boot's own jobs have been started, and not only when the device manager has come to the port.
    bootflake.guestShell.enable = true;
    boot.postBootCommands = ''
      mkdir -p /dev/virtio-ports
      for port in /sys/class/virtio-ports/*; do
        [ ! -r "$port/name" ] || ln -s "../''${port##*/}" "/dev/virtio-ports/$(< "$port/name")"
      done
    '';
    systemd.services.bootflake-shell = {
      wantedBy = [ "multi-user.target" ];
      bindsTo = lib.mkForce [ ];
      after = lib.mkForce [ ];
      serviceConfig.Type = "idle";
    };
    # What other systems start after the login prompt is there when the script's first command is executed, as on NixOS.
    systemd.timers.late.enable = false;
    systemd.targets.late.wantedBy = [ "sysinit.target" ];
    # Scripts make /root/.ssh.
    environment.etc."tmpfiles.d/provision.conf".text = "";
    # Modules for processors, which are large: they are loaded when /dev/kvm is opened, too.
    systemd.services.udev-trigger-processors.enable = lib.mkDefault false;

    # Scripts wait for lines of services on the serial console.
    services.journald.extraConfig = ''
      ForwardToConsole=yes
      TTYPath=/dev/ttyS0
      MaxLevelConsole=debug
    '';
    system.stateVersion = lib.mkDefault lib.trivial.release;
    # The clock is the host's.
    services.timesyncd.enable = lib.mkDefault false;
    # As NixOS's default is; names of the other machines are in /etc/hosts.
    services.resolved.enable = lib.mkOverride 900 false;
    users.users.root.initialHashedPassword = lib.mkOverride 150 "";
  };
}
