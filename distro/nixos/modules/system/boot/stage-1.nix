# The initrd of busybox, which mounts the root file system and no other: the smallest, for the fastest boot. Whatever needs more adds its
# reason to boot.initrd.needsSystemd, and the initrd is that of initrd/systemd.nix.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/set-types.nix { inherit lib; }) checkedListOf;
  cfg = config.boot.initrd;
  kernel = config.boot.kernelPackages.kernel;
  root = config.fileSystems."/" or null;
  inherit (import ../../../lib/formats { inherit lib; }) shell text;

  moduleName =
    option:
    text.word {
      inherit option;
      file = "the initrd";
    };
  rootValue =
    name: value:
    shell.inSingleQuotes (
      text.line {
        option = "fileSystems.\"/\".${name}";
        file = "the initrd";
      } value
    );
  # The initrd's script, with the values that it needs filled in.
  init =
    lib.replaceStrings
      [
        "@distroName@"
        "@rootDevice@"
        "@rootType@"
        "@rootOptions@"
        "@waitSeconds@"
        "@preDeviceCommands@"
        "@postDeviceCommands@"
        "@postMountCommands@"
      ]
      [
        (shell.inSingleQuotes (
          text.line {
            option = "system.nixos.distroName";
            file = "the initrd";
          } config.system.nixos.distroName
        ))
        (rootValue "device" root.device)
        (rootValue "fsType" root.fsType)
        (rootValue "options" (
          lib.concatStringsSep "," (
            builtins.filter (
              o: !(lib.hasPrefix "x-" o) && !(lib.elem o [ "defaults" "rw" "ro" ])
            ) root.options
          )
        ))
        (toString cfg.rootDeviceTimeout)
        cfg.preDeviceCommands
        cfg.postDeviceCommands
        # NixOS' name of it in such commands.
        (
          lib.optionalString (cfg.postMountCommands != "") "busybox ln -s sysroot /mnt-root\n"
          + cfg.postMountCommands
        )
      ]
      (builtins.readFile ./stage-1-init.sh);

  available =
    map (moduleName "boot.initrd.availableKernelModules") cfg.availableKernelModules
    ++ map (moduleName "boot.initrd.supportedFilesystems") (
      lib.attrNames (lib.filterAttrs (_: on: on) cfg.supportedFilesystems)
    );
  likely = [ "virtio_pci" "virtio_blk" "virtio_scsi" "sd_mod" "nvme" "ahci" ];
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "boot" "initrd" "enable" ];
        type = types.bool;
        default = true;
        refused = true;
        why = "Debian's kernels need an initrd with the drivers of disks";
      }
      {
        path = [ "boot" "initrd" "systemd" "tpm2" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the initrd has no programs for a TPM";
      }
      {
        path = [ "boot" "initrd" "preLVMCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why =
          "the initrd runs no commands before volume groups are activated. Use boot.initrd.preDeviceCommands, or a service in "
          + "boot.initrd.systemd.services";
      }
      {
        path = [ "boot" "initrd" "postResumeCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why = "the initrd resumes no hibernated system. Use boot.initrd.postDeviceCommands";
      }
      {
        path = [ "boot" "initrd" "preFailCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why =
          "a failed boot shows the reason and restarts. Use boot.initrd.systemd.services with `wantedBy = [ \"emergency.target\" ]'";
      }
      {
        path = [ "boot" "initrd" "extraUtilsCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why =
          "no command is run while the initrd is made. Use boot.initrd.systemd.initrdBin or extraBin";
      }
      {
        path = [ "boot" "initrd" "extraUdevRulesCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why =
          "no command is run while the initrd is made. Use boot.initrd.systemd.contents with a file in /etc/udev/rules.d";
      }
    ])
  ];

  options.boot.initrd = {
    compressor = mkOption {
      type = types.enum [ "gzip" "zstd" "none" "cat" ];
      default = "zstd";
      description =
        "The program whose format the initrd is compressed in; `none` and `cat` leave it uncompressed.";
    };
    prepend = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description =
        "Archives that the kernel reads before the initrd, such as a processor's microcode: paths of files in the store.";
    };
    supportedFilesystems = mkOption {
      type = types.coercedTo (checkedListOf types.str) (l: lib.genAttrs l (_: true)) (
        types.attrsOf types.bool
      );
      default = { };
      example = [ "btrfs" ];
      description =
        "File systems whose kernel modules are in the initrd, in addition to that of the root.";
    };
    rootDeviceTimeout = mkOption {
      type = types.ints.positive;
      default = 20;
      description =
        "How many seconds the initrd waits for the root device, once it has loaded all drivers. One with systemd waits 90 seconds "
        + "for each device, if this is not set.";
    };
    preDeviceCommands = mkOption {
      type = types.lines;
      default = "";
      description =
        "Shell commands (for busybox) that the initrd runs before it looks for the root device.";
    };
    postDeviceCommands = mkOption {
      type = types.lines;
      default = "";
      description =
        "Shell commands (for busybox) that the initrd runs once the root device has appeared.";
    };
    postMountCommands = mkOption {
      type = types.lines;
      default = "";
      description =
        "Shell commands (for busybox) that the initrd runs once the root file system is mounted at /sysroot, which is /mnt-root too. It is "
        + "read-only, unless it is in memory. The boot goes on if they fail.";
    };
  };

  config = {
    assertions = lib.optional (!cfg.systemd.enable) {
      assertion = cfg.needsSystemd == [ ];
      message =
        "boot.initrd.systemd.enable is false, but only an initrd with systemd can do what the configuration asks for: "
        + "${lib.concatStringsSep ", " cfg.needsSystemd}. Remove the setting.";
    };

    system.build = {
      initrdModules =
        {
          modules = lib.unique (
            lib.optional (!(lib.elem root.fsType [ "auto" "tmpfs" ])) root.fsType
            ++ map (moduleName "boot.initrd.kernelModules") cfg.kernelModules
          );
          # The script stops loading modules once the root device appears, so the likeliest come first.
          availableModules = lib.unique (
            builtins.filter (m: lib.elem m available) likely ++ available
          );
        }
        # Those are checked, too.
        // lib.optionalAttrs (config.boot.kernelModules != [ ]) {
          laterModules = map (moduleName "boot.kernelModules") config.boot.kernelModules;
        };

      initialRamdisk = lib.mkIf (!cfg.systemd.enable) (
        pkgs.builtinDerivation "initrd" ({
          name = "initrd-${kernel.modDirVersion}";
          kernel = "${kernel.deb}";
          kernelVersion = kernel.modDirVersion;
          busybox = "${pkgs.debianPackages.busybox-static.deb}";
          inherit init;
          inherit (cfg) compressor;
          ${if cfg.prepend == [ ] then null else "prepend"} = cfg.prepend;
        } // config.system.build.initrdModules)
      );
    };
  };
}
