# `system.build.vm': a script that runs the system in qemu without an image. The store is shared with the machine by virtiofs, the kernel
# started at once, and the root is a disk of its own, which the initrd formats when it is new.
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

  # What takes the place of the system's own disks.
  variant =
    {
      config,
      options,
      pkgs,
      ...
    }:
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
        "-device virtio-blk-pci,drive=drive${toString index}${lib.optionalString (serial != null) ",serial=${serial}"}"
      ];
      newDisk = file: mebibytes: ''[ -e "${file}" ] || new_disk "${file}" ${toString mebibytes}'';
      hasDisk = vm.diskImage != null;
      forward = f: ",hostfwd=${f.protocol}:${f.address}:${toString f.host}-:${toString f.guest}";
      size = if vm.diskSize == "auto" then 1024 else vm.diskSize;
    in
    {
      fileSystems = lib.mkVMOverride (
        {
          "/" =
            if hasDisk then
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
        }
        // lib.mapAttrs' (
          tag: share:
          lib.nameValuePair share.target {
            device = tag;
            fsType = "virtiofs";
            options = [ "nofail" ] ++ lib.optional share.readOnly "ro";
          }
        ) vm.sharedDirectories
      );
      # All of it is on one disk.
      bootflake.state.enable = lib.mkVMOverride false;
      swapDevices = lib.mkVMOverride [ ];
      boot.initrd.luks.devices = lib.mkVMOverride { };
      boot.loader.grub.enable = lib.mkVMOverride false;
      boot.growPartition = lib.mkVMOverride false;

      assertions = [
        {
          assertion = !vm.tpm.enable;
          message =
            "virtualisation.tpm.enable is not available in system.build.vm. Run the system's image with bootflake run, or set "
            + "virtualisation.vmVariant.virtualisation.tpm.enable = false.";
        }
        {
          assertion =
            !(vm.useBootLoader && options.virtualisation.useBootLoader.highestPrio < 1500);
          message =
            "virtualisation.useBootLoader = true is not available in system.build.vm, which starts the kernel itself. Run the system's "
            + "image, with its boot loader: bootflake build-image --image-variant qemu, then bootflake run result.";
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
                "@kernel@"
                "@initrd@"
                "@toplevel@"
                "@consoles@"
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
                "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}"
                "${config.system.build.initialRamdisk}/initrd"
                "${config.system.build.toplevel}"
                # The last one is /dev/console.
                (
                  if vm.graphics then "console=ttyS0 console=tty0" else "console=tty0 console=ttyS0"
                )
                (
                  lib.optionalString described.restrictNetwork ",restrict=on"
                  + lib.concatMapStrings forward described.forwards
                )
                (lines (
                  lib.imap1 (
                    i: share:
                    "serve ${toString i} ${quoted share.source}${lib.optionalString share.readOnly " --readonly"}"
                  ) described.shares
                ))
                (lines (
                  lib.optional hasDisk (newDisk "$disk" size)
                  ++ lib.imap0 (
                    i: d:
                    ''[ -e "$TMPDIR/empty${toString i}.qcow2" ] || new_disk "$TMPDIR/empty${toString i}.qcow2" ${toString d.size}''
                  ) described.disks
                ))
                (indented (
                  lib.optional hasDisk (diskDevice 0 "$disk" "root")
                  ++ lib.imap0 (
                    i: d: diskDevice (i + 1) "$TMPDIR/empty${toString i}.qcow2" (d.serial or null)
                  ) described.disks
                  ++ lib.imap0 shareDevice ([ storeTag ] ++ map (share: share.tag) described.shares)
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
    (extendModules { modules = [ variant cfg.vmVariant ]; }).config.system.build.vm
  );
}
