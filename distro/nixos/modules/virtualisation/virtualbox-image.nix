# An appliance for VirtualBox: `VBoxManage import FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualbox;
in
{
  imports = [
    ../image/file-options.nix
    ./disk-size-option.nix
    (lib.mkRenamedOptionModule [ "virtualbox" "baseImageSize" ] [ "virtualisation" "diskSize" ])
    (lib.mkRenamedOptionModule [ "virtualbox" "vmFileName" ] [ "image" "baseName" ])
    (import ../../lib/host-drivers.nix {
      host = "VirtualBox";
      drivers = [ "ahci" "e1000" ];
    })
    (import ../../lib/inert.nix { inherit lib; } (
      map
        (name: {
          path = [ "virtualbox" name ];
          type = types.anything;
          default = null;
          refused = true;
          why =
            "it is for VBoxManage, which is not run. Change the appliance with `VBoxManage modifyvm' once it is imported";
        })
        [ "params" "exportParams" "postExportCommands" "storageController" "extraDisk" ]
    ))
  ];

  options.virtualbox = {
    baseImageFreeSpace = mkOption {
      type = types.ints.unsigned;
      default = 512;
      description =
        "The space that the disk has besides what is on it, in MiB, unless `virtualisation.diskSize` is a size.";
    };
    memorySize = mkOption {
      type = types.ints.positive;
      default = 1536;
      description = "The memory of the machine in MiB.";
    };
    vmName = mkOption {
      type = types.str;
      default =
        "${config.system.nixos.distroName} ${config.system.nixos.label} (${pkgs.stdenv.hostPlatform.system})";
      defaultText = lib.literalMD "the distribution's name and label";
      description = "The name of the machine.";
    };
  };

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "virtualBoxOVA";
      format = "ova";
      arguments = {
        additionalSpace = "${toString cfg.baseImageFreeSpace}M";
        container = {
          name = cfg.vmName;
          memory = cfg.memorySize;
          hardware = "virtualbox";
        };
      };
    })
    {
      boot.kernelParams = [ "console=tty0" "console=ttyS0" ];
      system.nixos.tags = [ "virtualbox" ];
    }
  ];
}
