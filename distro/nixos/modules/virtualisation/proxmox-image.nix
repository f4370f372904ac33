# A backup for Proxmox, of which it makes a machine: `qmrestore FILE ID --unique'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkOption types;
  lineTypes = import ../../lib/line-types.nix { inherit lib; };
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.proxmox;
  isEfi = lib.elem cfg.partitionTableType [ "efi" "hybrid" ];
  isBios = cfg.partitionTableType != "efi";
  line =
    default: description:
    mkOption {
      type = lineTypes.str;
      inherit default description;
    };
  settings =
    removeAttrs cfg.qemuConf [ "additionalSpace" "bootSize" "diskSize" ]
    // { agent = if cfg.qemuConf.agent then 1 else 0; }
    // cfg.qemuExtraConf;
  storage = lib.head (lib.splitString ":" cfg.qemuConf.virtio0);
in
{
  imports = [
    ../image/file-options.nix
    ../profiles/qemu-guest.nix
    ./disk-size-option.nix
    (lib.mkRenamedOptionModule [ "proxmox" "qemuConf" "diskSize" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "proxmox" "filenameSuffix" ] [ "image" "baseName" ])
  ];

  options.proxmox = {
    qemuConf = {
      boot =
        line
          ""
          "The order of devices that the machine is started from; the empty text is Proxmox's own.";
      scsihw = line "virtio-scsi-single" "The kind of the SCSI controller.";
      virtio0 =
        line
          "local-lvm:vm-9999-disk-0"
          "The disk, by which Proxmox knows the storage to restore it to.";
      ostype = line "l26" "The kind of the operating system.";
      cores = mkOption {
        type = types.ints.positive;
        default = 1;
        description = "The number of processors.";
      };
      memory = mkOption {
        type = types.ints.positive;
        default = 1024;
        description = "The memory in MB.";
      };
      bios = mkOption {
        type = types.enum [ "seabios" "ovmf" ];
        default = "seabios";
        description = "The firmware: a BIOS, or UEFI.";
      };
      name = line "nixos-${config.system.nixos.label}" "The name of the machine.";
      additionalSpace =
        line
          "512M"
          "The space that the disk has besides what is on it, unless `virtualisation.diskSize` is a size.";
      bootSize = line "256M" "Where the EFI system partition ends.";
      net0 = line "virtio=00:00:00:00:00:00,bridge=vmbr0,firewall=1" "The first network card.";
      serial0 = line "socket" "The serial line.";
      agent = flag true "Whether Proxmox talks to the guest's agent.";
    };
    qemuExtraConf = mkOption {
      type = types.attrsOf (types.either lineTypes.str types.int);
      default = { };
      example = {
        cpu = "host";
        onboot = 1;
      };
      description = "Further lines of the machine's configuration.";
    };
    partitionTableType = mkOption {
      type = types.enum [ "efi" "hybrid" "legacy" "legacy+gpt" ];
      default = if cfg.qemuConf.bios == "seabios" then "legacy" else "efi";
      defaultText =
        lib.literalExpression
          ''if config.proxmox.qemuConf.bios == "seabios" then "legacy" else "efi"'';
      description = "The kind of the partition table, as in make-disk-image.nix.";
    };
    cloudInit = {
      enable = flag true "Whether the machine takes what Proxmox says to cloud-init.";
      defaultStorage = line "local-lvm" "The storage of the drive for cloud-init.";
      device = line "ide2" "Where that drive is.";
    };
  };

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "VMA";
      format = "vma.zst";
      inherit (cfg) partitionTableType;
      arguments = {
        inherit (cfg.qemuConf) additionalSpace;
        container.config =
          lib.concatMapStrings (name: "${name}: ${toString settings.${name}}\n") (
            lib.attrNames settings
          )
          + "#qmdump#map:virtio0:drive-virtio0:${storage}:raw:\n";
      } // lib.optionalAttrs isEfi { inherit (cfg.qemuConf) bootSize; };
    })
    (lib.mkIf cfg.cloudInit.enable (
      import ../../lib/cloud-guest.nix [ "NoCloud" "ConfigDrive" ] { inherit lib; }
    ))
    {
      assertions = [
        {
          assertion = isBios || cfg.qemuConf.bios == "ovmf";
          message =
            "proxmox.partitionTableType = \"efi\" needs UEFI. Set proxmox.qemuConf.bios = \"ovmf\".";
        }
        {
          assertion = isEfi || cfg.qemuConf.bios == "seabios";
          message =
            "proxmox.partitionTableType = \"${cfg.partitionTableType}\" needs a BIOS. Set proxmox.qemuConf.bios = \"seabios\".";
        }
      ];
      boot.kernelParams = [ "console=ttyS0" ];
      boot.loader.timeout = mkDefault 0;
      services.openssh.enable = mkDefault true;
      services.qemuGuest.enable = mkDefault cfg.qemuConf.agent;
      services.cloud-init.network.enable = lib.mkIf cfg.cloudInit.enable (mkDefault true);
      networking.useDHCP = lib.mkIf cfg.cloudInit.enable (mkDefault false);
      # The drive's names of interfaces are eth0 and so on, without hardware addresses where its kind is configdrive2.
      networking.usePredictableInterfaceNames = lib.mkIf cfg.cloudInit.enable (mkDefault false);
      proxmox.qemuExtraConf = lib.mkIf cfg.cloudInit.enable {
        ${cfg.cloudInit.device} =
          mkDefault "${cfg.cloudInit.defaultStorage}:vm-9999-cloudinit,media=cdrom";
      };
      system.nixos.tags = [ "proxmox" ];
    }
  ];
}
