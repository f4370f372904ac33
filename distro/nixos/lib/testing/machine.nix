# What each machine of a test has: its image, the options that describe it, and what the driver needs.
{
  config,
  lib,
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
    # On NixOS the disk holds no store: all of its size is free at first.
    additionalSpace = "${toString cfg.diskSize}M";
  };

  inert = import ../inert.nix { inherit lib; };
in
{
  imports = [
    ../../modules/profiles/qemu-guest.nix
    (inert [
      {
        path = [ "virtualisation" "sharedDirectories" ];
        type = types.attrsOf types.raw;
        default = { };
        refused = true;
        why = "a test's machines share no folders with the host. Copy files with copy_from_host";
      }
      {
        path = [ "virtualisation" "useSecureBoot" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "a test's machines have the firmware BIOS";
      }
      {
        path = [ "virtualisation" "useEFIBoot" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "a test's machines have the firmware BIOS";
      }
      {
        path = [ "virtualisation" "tpm" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "a test's machines have no TPM";
      }
    ])
  ];

  options.virtualisation = {
    memorySize = mkOption {
      type = types.ints.positive;
      default = 1024;
      description = "The machine's memory in MiB.";
    };
    cores = mkOption {
      type = types.ints.between 1 255;
      default = 1;
      description = "The number of the machine's processors.";
    };
    diskSize = mkOption {
      type = types.ints.positive;
      default = 1024;
      description = "The free space of the machine's disk in MiB.";
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
      description = "Sizes of further, empty disks in MiB: /dev/vdb, /dev/vdc and so on.";
    };
    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            from = mkOption {
              type = types.enum [ "host" ];
              default = "host";
              description =
                "Where connections come from. Those of the guest to the host are not forwarded.";
            };
            proto = mkOption {
              type = types.enum [ "tcp" "udp" ];
              default = "tcp";
              description = "The protocol.";
            };
            host.address = mkOption {
              type = types.str;
              default = "127.0.0.1";
              description = "The address on the host.";
            };
            host.port = mkOption {
              type = types.port;
              description = "The port on the host.";
            };
            guest.port = mkOption {
              type = types.port;
              description = "The machine's port.";
            };
          };
        }
      );
      default = [ ];
      description = "Ports of the host that are the machine's.";
    };
    qemu.options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-device usb-ehci" ];
      description = "Further arguments of qemu, several words each.";
    };
    graphics = mkOption {
      type = types.bool;
      default = false;
      description =
        "Without effect: a test's machine has a screen that is seen in screenshots only.";
    };
    writableStore = mkOption {
      type = types.bool;
      default = true;
      description = "Without effect: the store is on the machine's disk, which is written over.";
    };
    useBootLoader = mkOption {
      type = types.bool;
      default = true;
      description = "Without effect: a test's machine always boots with its boot loader.";
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
    virtualisation.test.description = {
      # As on NixOS, scripts name a machine by its host name.
      name =
        if config.networking.hostName != "" then config.networking.hostName else cfg.test.nodeName;
      image = "${image}";
      memory = cfg.memorySize;
      inherit (cfg) cores;
      inherit (cfg.test) networks;
      disks = map (
        d:
        { inherit (d) size; }
        // lib.getAttrs (lib.attrNames d.driveConfig.deviceExtraOpts) d.driveConfig.deviceExtraOpts
      ) cfg.emptyDiskImages;
      forwards = map (f: {
        protocol = f.proto;
        address = if f.host.address == "" then "0.0.0.0" else f.host.address;
        host = f.host.port;
        guest = f.guest.port;
      }) cfg.forwardPorts;
      qemuArguments = builtins.concatMap (
        text: builtins.filter (word: word != "") (lib.splitString " " text)
      ) cfg.qemu.options;
    };
    system.build.testImage = image;

    fileSystems."/" = lib.mkDefault {
      device = "/dev/disk/by-label/nixos";
      fsType = "ext4";
    };
    boot.loader.grub.device = lib.mkDefault "/dev/vda";
    boot.loader.timeout = lib.mkDefault 0;
    # The last one is /dev/console. A kernel that panics is a machine that has ended.
    boot.kernelParams = [ "console=tty0" "console=ttyS0" "panic=1" "systemd.show_status=false" ];
    bootflake.guestShell.enable = true;

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
