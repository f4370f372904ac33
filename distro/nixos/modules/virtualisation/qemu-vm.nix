# The machine that a system is run in: `bootflake run`, `bootflake vm create` and tests. None of this is part of an image, except that
# folders shared with the host are mounted; the image's derivation has it as an attribute beside it (lib/machine-description.nix).
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;
  inherit (import ../../lib/machine-description.nix { inherit lib; }) shareMounts wordsOf;

  inert = import ../../lib/inert.nix { inherit lib; };
  # systemd's credential `fstab.extra`, which qemu passes on in the firmware's tables.
  hostMounts = "/run/credentials/@system/fstab.extra";
  inherit (import ../../lib/addresses.nix { inherit lib; }) isIPv4;
  at = i: "virtualisation.forwardPorts, entry ${toString i}";
in
{
  imports = [
    ./disk-size-option.nix
    (inert [
      {
        path = [ "virtualisation" "writableStore" ];
        type = types.bool;
        default = true;
        why = "the store is on the machine's disk, which is written over";
      }
      {
        path = [ "virtualisation" "useNixStoreImage" ];
        type = types.bool;
        default = false;
        why = "the store is always on the machine's disk";
      }
      {
        path = [ "virtualisation" "qemu" "networkingOptions" ];
        type = types.listOf types.str;
        default = [ ];
        refused = true;
        why =
          "the network is described by `virtualisation.forwardPorts' and `restrictNetwork'. Put further cards into "
          + "`virtualisation.qemu.options'";
      }
    ])
  ];

  options.virtualisation = {
    memorySize = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      example = 2048;
      description =
        "The machine's memory in MiB. Defaults to 4096, or to 2048 on a host with less than 16 GB.";
    };
    cores = mkOption {
      type = types.nullOr (types.ints.between 1 255);
      default = null;
      example = 4;
      description =
        "The number of the machine's processors. Defaults to 2, or to the host's if it has fewer.";
    };
    emptyDiskImages = mkOption {
      type = types.listOf (
        types.coercedTo types.ints.positive (size: { inherit size; }) (
          types.submodule {
            options = {
              size = mkOption {
                type = types.ints.positive;
                description = "MiB.";
              };
              driveConfig.deviceExtraOpts = mkOption {
                type = types.attrsOf types.str;
                default = { };
                description =
                  "Only `serial`, by which the guest finds it: /dev/disk/by-id/virtio-SERIAL.";
              };
            };
          }
        )
      );
      default = [ ];
      example = [ 512 ];
      description = "Sizes of further, empty disks in MiB: /dev/vdb, /dev/vdc and so on.";
    };
    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            from = mkOption {
              type = types.enum [ "host" "guest" ];
              default = "host";
              description =
                "Where connections come from. Those of the guest to the host are not forwarded: it reaches the host as 10.0.2.2.";
            };
            proto = mkOption {
              type = types.enum [ "tcp" "udp" ];
              default = "tcp";
              description = "The protocol.";
            };
            host.address = mkOption {
              type = types.str;
              default = "127.0.0.1";
              description =
                "The host's IPv4 address. With the empty text, connections come from anywhere.";
            };
            host.port = mkOption {
              type = types.port;
              description = "The port on the host.";
            };
            guest.address = mkOption {
              type = types.str;
              default = "";
              description = "Only the empty text: the machine's address.";
            };
            guest.port = mkOption {
              type = types.port;
              description = "The machine's port.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          host.port = 2222;
          guest.port = 22;
        }
      ];
      description = "Ports of the host that are the machine's.";
    };
    restrictNetwork = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the machine reaches neither the host nor anything else. Ports that are forwarded to it stay so.";
    };
    useEFIBoot = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the machine has the firmware UEFI instead of BIOS. The image needs a partition for it: `partitionTableType` \"hybrid\" or "
        + "\"efi\".";
    };
    useSecureBoot = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether that firmware starts signed programs only (Secure Boot): those signed by Microsoft, and by whom they trust. It sets the "
        + "default of `boot.loader.grub.secureBoot.enable`. On NixOS the firmware has no keys at first.";
    };
    useBootLoader = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the machine starts by the boot loader of its disk. An image always does. A test's machine and `system.build.vm` do only "
        + "if this is set to true: otherwise, qemu starts the system's kernel itself, which is faster.";
    };
    sharedDirectories = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            source = mkOption {
              type = types.str;
              description = "The folder of the host, by its absolute path.";
            };
            target = mkOption {
              type = types.path;
              description = "The machine's mount point.";
            };
            readOnly = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the machine can only read it.";
            };
            securityModel = mkOption {
              type = types.enum [ "passthrough" "mapped-xattr" "mapped-file" "none" ];
              default = "mapped-xattr";
              description =
                "Without effect: folders are shared by virtiofs, in which files belong to the user who runs the machine.";
            };
          };
        }
      );
      default = { };
      example = {
        src = {
          source = "/home/tarn/src";
          target = "/mnt/src";
        };
      };
      description =
        "Folders of the host, by their names (of at most 36 letters, digits and _.-). The machine mounts them when it boots; where it has "
        + "no such folder, the mount fails, and the system goes on.";
    };
    graphics = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the machine's screen is in a window of the host. The serial console is there in any case.";
    };
    resolution = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            x = mkOption {
              type = types.ints.between 1 16384;
              description = "Columns.";
            };
            y = mkOption {
              type = types.ints.between 1 16384;
              description = "Rows.";
            };
          };
        }
      );
      default = null;
      example = {
        x = 1024;
        y = 768;
      };
      description = "The resolution that the screen prefers. Defaults to qemu's own.";
    };
    tpm.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the machine has a TPM 2.0, emulated by swtpm: /dev/tpmrm0.";
    };
    qemu.options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-device usb-ehci" ];
      description =
        "Further arguments of qemu, several words each, separated by spaces. There are no variables or quotation marks.";
    };
  };

  config = {
    fileSystems = shareMounts cfg.sharedDirectories;

    # `--share`: systemd's generator mounts them as well, from version 254 on, and not after systemd in the initrd.
    systemd.services.bootflake-shares = {
      description = "Folders of the Machine's Host";
      wantedBy = [ "multi-user.target" ];
      after = [ "local-fs.target" ];
      unitConfig.ConditionPathExists = hostMounts;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "mount --all --fstab ${hostMounts}";
      };
    };

    warnings =
      lib.optional (!cfg.useBootLoader && !(cfg ? test)) (
        "virtualisation.useBootLoader has no effect: an image always boots with its boot loader. Remove the setting."
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: share:
          lib.optional
            (share.securityModel != "mapped-xattr" && share.securityModel != "none")
            "${
              lib.showOption [ "virtualisation" "sharedDirectories" name ]
            }.securityModel has no effect: folders are shared by virtiofs. Remove the setting."
        ) cfg.sharedDirectories
      );

    assertions =
      [
        {
          assertion = cfg.useSecureBoot -> cfg.useEFIBoot;
          message =
            "virtualisation.useSecureBoot is of the firmware UEFI, but virtualisation.useEFIBoot is false. Set it to true.";
        }
      ]
      ++ lib.concatLists (
        lib.imap1 (i: rule: [
          {
            assertion = rule.from == "host";
            message =
              "${at i}: connections of the guest to the host are not forwarded. Remove the entry: the guest reaches the host's port "
              + "${toString rule.host.port} as 10.0.2.2:${toString rule.host.port}.";
          }
          {
            assertion = rule.guest.address == "";
            message =
              "${at i}: guest.address is \"${rule.guest.address}\", but a machine has only one address. Remove it.";
          }
          {
            assertion = rule.host.address == "" || isIPv4 rule.host.address;
            message =
              "${at i}: host.address is \"${rule.host.address}\", which is no IPv4 address. Correct it.";
          }
        ]) cfg.forwardPorts
      )
      ++ lib.imap1 (i: disk: {
        assertion =
          builtins.attrNames (builtins.removeAttrs disk.driveConfig.deviceExtraOpts [ "serial" ])
          == [ ];
        message =
          "virtualisation.emptyDiskImages, entry ${toString i}: deviceExtraOpts may only have `serial'. Remove the others.";
      }) cfg.emptyDiskImages
      ++ lib.imap1 (
        i: disk:
        let
          serial = disk.driveConfig.deviceExtraOpts.serial or "none";
        in
        {
          assertion = builtins.match "[A-Za-z0-9_.+-]{1,20}" serial != null;
          message =
            "virtualisation.emptyDiskImages, entry ${toString i}: the serial number is ${builtins.toJSON serial}. Use at most 20 letters, "
            + "digits and _.+-, as it becomes a file's name.";
        }
      ) cfg.emptyDiskImages
      ++ map (text: {
        assertion = wordsOf text != null;
        message =
          "virtualisation.qemu.options has the entry ${builtins.toJSON text}: there is no shell that would read its quotation marks, "
          + "backslashes and variables. Write plain words, separated by spaces.";
      }) cfg.qemu.options
      ++ lib.mapAttrsToList (name: share: {
        assertion =
          builtins.match "[A-Za-z0-9_.-]{1,36}" name != null
          && lib.hasPrefix "/" share.source
          && builtins.match "[^[:space:]\\\\#]+" share.target != null;
        message =
          "${lib.showOption [ "virtualisation" "sharedDirectories" name ]} needs a name of at most 36 letters, digits and _.-, an absolute "
          + "path as `source' (not ${builtins.toJSON share.source}), and a `target' without spaces. Correct it.";
      }) cfg.sharedDirectories;
  };
}
