# `system.build.vm': a script that runs the system in qemu without an image. The store is shared with the machine by virtiofs, the kernel
# started at once, and the root is a disk of its own, which the initrd formats when it is new. With virtualisation.useBootLoader, the
# machine starts by its boot loader, from a disk over an image.
{
  config,
  extendModules,
  lib,
  options,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;
  storeTag = "nix-store";
  shareMounts = lib.mapAttrs' (
    tag: share:
    lib.nameValuePair share.target {
      device = tag;
      fsType = "virtiofs";
      options = [ "nofail" ] ++ lib.optional share.readOnly "ro";
    }
  );

  # A boot loader is used if that was asked for; the default is that of images.
  asked =
    if options.virtualisation.vmVariant.highestPrio < 1500 then
      extendModules { modules = [ cfg.vmVariant ]; }
    else
      { inherit config options; };
  isBooted =
    asked.config.virtualisation.useBootLoader
    && asked.options.virtualisation.useBootLoader.highestPrio < 1500;
  isEfi = asked.config.virtualisation.useEFIBoot;

  # The machine's disk is over an image.
  booted =
    {
      config,
      lib,
      pkgs,
      ...
    }:
    {
      imports = [
        ../profiles/qemu-guest.nix
        (import ../../lib/image-firmware.nix { inherit lib; } {
          inherit isEfi;
          systemdBoot = isEfi;
        })
      ];
      fileSystems = lib.mkVMOverride (
        {
          "/" = {
            device = "/dev/disk/by-label/nixos";
            autoResize = true;
            fsType = "ext4";
          };
        }
        // lib.optionalAttrs isEfi {
          "/boot" = {
            device = "/dev/disk/by-label/ESP";
            fsType = "vfat";
            options = [ "umask=0077" ];
          };
        }
        // shareMounts config.virtualisation.sharedDirectories
      );
      boot.growPartition = lib.mkDefault true;
      # The last one is /dev/console.
      boot.kernelParams =
        if config.virtualisation.graphics then
          [ "console=ttyS0" "console=tty0" ]
        else
          [ "console=tty0" "console=ttyS0" ];
      system.build.vmImage = import ../../lib/make-disk-image.nix {
        inherit config lib pkgs;
        inherit (config.virtualisation) diskSize;
        format = "qcow2";
        partitionTableType = if isEfi then "efi" else "legacy";
      };
      assertions = [
        {
          assertion = config.virtualisation.diskImage != null;
          message =
            "virtualisation.diskImage is null, but virtualisation.useBootLoader starts the machine from its disk. Remove one of them.";
        }
        {
          assertion = !config.virtualisation.useSecureBoot;
          message =
            "virtualisation.useSecureBoot is not available in system.build.vm. Run the system's image with bootflake run, or set "
            + "virtualisation.vmVariant.virtualisation.useSecureBoot = false.";
        }
      ];
    };

  # What takes the place of the system's own disks.
  direct =
    { config, ... }:
    {
      fileSystems = lib.mkVMOverride ({
        "/" =
          if config.virtualisation.diskImage != null then
            {
              device = "/dev/disk/by-id/virtio-root";
              fsType = "ext4";
              autoFormat = true;
            }
          else
            {
              fsType = "tmpfs";
              options = [ "mode=0755" ];
            };
        "/nix/store" = {
          device = storeTag;
          fsType = "virtiofs";
          options = [ "ro" ];
          neededForBoot = true;
        };
      } // shareMounts config.virtualisation.sharedDirectories);
      boot.loader.grub.enable = lib.mkVMOverride false;
      boot.growPartition = lib.mkVMOverride false;
    };

  variant =
    { config, pkgs, ... }:
    let
      vm = config.virtualisation;
      inherit (import ../../lib/machine-description.nix { inherit lib; }) machineDescription;
      described = machineDescription { inherit config; };
      kernel = config.boot.kernelPackages.kernel;
      name = lib.strings.sanitizeDerivationName config.system.name;
      quoted = lib.escapeShellArg;
      lines = lib.concatMapStrings (line: "${line}\n");
      indented = lib.concatMapStrings (words: "  ${lib.concatStringsSep " " words} \\\n");

      shareDevice = index: tag: [
        ''-chardev "socket,id=share${toString index},path=$TMPDIR/share${toString index}.sock"''
        "-device vhost-user-fs-pci,chardev=share${toString index},tag=${tag}"
      ];
      diskDevice = index: variable: serial: [
        ''-drive "file=${variable},format=qcow2,if=none,id=drive${toString index},cache=writeback"''
        "-device virtio-blk-pci,drive=drive${
          toString index
        }${lib.optionalString (serial != null) ",serial=${serial}"}${lib.optionalString (isBooted && index == 0) ",bootindex=1"}"
      ];
      newDisk =
        file: mebibytes:
        ''[ -e "${file}" ] || new_disk "${file}" $((${toString mebibytes} * 1048576))'';
      image = "${config.system.build.vmImage}/nixos.qcow2";
      ovmf = "${pkgs.debianPackages.ovmf.deb}/usr/share/OVMF";
      firstDisk =
        if isBooted then ''disk_over "$disk" "$(in_store ${image})"'' else newDisk "$disk" size;
      start =
        if !isBooted then
          [
            ''-kernel "$(in_store ${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion})"''
            ''-initrd "$(in_store ${config.system.build.initialRamdisk}/initrd)"''
            # The last console is /dev/console.
            ''-append "$(cat "$(in_store ${
              config.system.build.toplevel
            })/kernel-params") init=${
              config.system.build.toplevel
            }/init ${if vm.graphics then "console=ttyS0 console=tty0" else "console=tty0 console=ttyS0"} $QEMU_KERNEL_PARAMS"''
          ]
        else
          lib.optionals isEfi [
            ''-drive "if=pflash,unit=0,format=raw,readonly=on,file=$(in_store ${ovmf}/OVMF_CODE_4M.fd)"''
            ''-drive "if=pflash,unit=1,format=raw,file=$variables"''
          ];
      hasDisk = vm.diskImage != null;
      forward = f: ",hostfwd=${f.protocol}:${f.address}:${toString f.host}-:${toString f.guest}";
      size = if vm.diskSize == "auto" then 1024 else vm.diskSize;
    in
    {
      # All of it is on one disk.
      bootflake.state.enable = lib.mkVMOverride false;
      swapDevices = lib.mkVMOverride [ ];
      boot.initrd.luks.devices = lib.mkVMOverride { };

      assertions = [
        {
          assertion = !vm.tpm.enable;
          message =
            "virtualisation.tpm.enable is not available in system.build.vm. Run the system's image with bootflake run, or set "
            + "virtualisation.vmVariant.virtualisation.tpm.enable = false.";
        }
        {
          assertion = !(vm.sharedDirectories ? ${storeTag});
          message =
            "virtualisation.sharedDirectories.${storeTag} is the name of the store. Choose another one.";
        }
      ];

      system.build.vm = lib.mkVMOverride (
        pkgs.writeTextFile {
          name = "run-${name}-vm";
          executable = true;
          destination = "/bin/run-${name}-vm";
          meta.mainProgram = "run-${name}-vm";
          text =
            lib.replaceStrings
              [
                "@name@"
                "@diskImage@"
                "@cores@"
                "@memory@"
                "@start@"
                "@netOptions@"
                "@serveShares@"
                "@disks@"
                "@devices@"
                "@display@"
                "@options@"
              ]
              [
                name
                (lib.optionalString hasDisk vm.diskImage)
                (toString (if vm.cores == null then 1 else vm.cores))
                (toString (if vm.memorySize == null then 1024 else vm.memorySize))
                (indented (map (word: [ word ]) start))
                (
                  lib.optionalString described.restrictNetwork ",restrict=on"
                  + lib.concatMapStrings forward described.forwards
                )
                (lines (
                  lib.optional (!isBooted) ''serve 0 "$store" --readonly''
                  ++ lib.imap1 (
                    i: share:
                    "serve ${toString i} ${quoted share.source}${lib.optionalString share.readOnly " --readonly"}"
                  ) described.shares
                ))
                (lines (
                  lib.optional hasDisk firstDisk
                  ++ lib.imap0 (
                    i: d: newDisk "$TMPDIR/empty${toString i}.qcow2" d.size
                  ) described.disks
                  ++ lib.optional
                    (isBooted && isEfi)
                    ''[ -e "$variables" ] || cp "$(in_store ${ovmf}/OVMF_VARS_4M.fd)" "$variables" && chmod 644 "$variables"''
                ))
                (indented (
                  lib.optional hasDisk (diskDevice 0 "$disk" "root")
                  ++ lib.imap0 (
                    i: d: diskDevice (i + 1) "$TMPDIR/empty${toString i}.qcow2" (d.serial or null)
                  ) described.disks
                  ++ lib.drop (if isBooted then 1 else 0) (
                    lib.imap0 shareDevice ([ storeTag ] ++ map (share: share.tag) described.shares)
                  )
                ))
                (if vm.graphics then "-serial mon:stdio" else "-nographic -serial mon:stdio")
                (lib.concatMapStringsSep " " quoted described.qemuArguments)
              ]
              (builtins.readFile ./run-vm.sh);
        }
      );
    };
in
{
  options.virtualisation = {
    vmVariant = mkOption {
      type = types.deferredModule;
      default = { };
      example = {
        virtualisation.memorySize = 2048;
      };
      description =
        "A module that applies only to the machine of `system.build.vm` (`bootflake build-vm`).";
    };
    diskImage = mkOption {
      type = types.nullOr (types.strMatching "[A-Za-z0-9_./-]+");
      default = "./${config.system.name}.qcow2";
      defaultText = lib.literalExpression ''"./''${config.system.name}.qcow2"'';
      description =
        "The file with the disk of `system.build.vm`, which is made if it is missing. The variable NIX_DISK_IMAGE names another one. With "
        + "null, the root is in memory.";
    };
  };

  config.system.build.vm = lib.mkDefault (
    (extendModules {
      modules = [
        variant
        (if isBooted then booted else direct)
        cfg.vmVariant
      ];
    }).config.system.build.vm
  );
}
