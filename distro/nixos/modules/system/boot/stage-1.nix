# The initrd.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
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
        cfg.postMountCommands
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
        path = [ "boot" "initrd" "systemd" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the initrd is busybox and a script";
      }
      {
        path = [ "boot" "initrd" "network" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the initrd has no network";
      }
      {
        path = [ "boot" "initrd" "luks" "devices" ];
        type = types.attrsOf types.anything;
        default = { };
        refused = true;
        why = "a root file system cannot be encrypted yet";
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
    supportedFilesystems = mkOption {
      type = types.coercedTo (types.listOf types.str) (l: lib.genAttrs l (_: true)) (
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
        "How many seconds the initrd waits for the root device, once it has loaded all drivers.";
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
        "Shell commands (for busybox) that the initrd runs once the root file system is mounted, read-only, at /sysroot.";
    };
  };

  config = {
    system.build.initialRamdisk = pkgs.builtinDerivation "initrd" {
      name = "initrd-${kernel.modDirVersion}";
      kernel = "${kernel.deb}";
      kernelVersion = kernel.modDirVersion;
      modules = lib.unique (
        lib.optional (root.fsType != "auto") root.fsType
        ++ map (moduleName "boot.initrd.kernelModules") cfg.kernelModules
      );
      # The script stops loading modules once the root device appears, so the likeliest come first.
      availableModules = lib.unique (builtins.filter (m: lib.elem m available) likely ++ available);
      busybox = "${pkgs.debianPackages.busybox-static.deb}";
      inherit init;
      inherit (cfg) compressor;
    };
  };
}
