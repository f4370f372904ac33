# Logical volumes (LVM2), in the initrd and in the system. udev's rules activate a volume group once all of its disks are there.
{ config, lib, ... }:

let
  inherit (lib) mkEnableOption mkOption types;
  cfg = config.services.lvm;
  inInitrd = config.boot.initrd.services.lvm.enable;
  thinPackages = lib.optional cfg.boot.thin.enable "thin-provisioning-tools";
in
{
  imports = [
    (import ../../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "lvm" "dmeventd" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the daemon that watches thin pools, mirrors and snapshots is not set up";
      }
      {
        path = [ "services" "lvm" "boot" "vdo" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "Debian has no kernel module for VDO";
      }
    ])
  ];

  options = {
    services.lvm = {
      enable = mkOption {
        type = types.bool;
        default = inInitrd;
        defaultText = lib.literalExpression "config.boot.initrd.services.lvm.enable";
        description =
          "Whether the system has the programs of LVM and activates logical volumes. On NixOS every system has them.";
      };
      boot.thin.enable = mkEnableOption "thin pools, also in the initrd";
    };
    boot.initrd.services.lvm.enable = mkEnableOption "logical volumes in the initrd";
  };

  config = lib.mkMerge [
    {
      boot.initrd.needsSystemd = lib.optional inInitrd "boot.initrd.services.lvm.enable";
    }
    (lib.mkIf cfg.enable {
      system.basePackages = [ "lvm2" ] ++ thinPackages;
    })
    (lib.mkIf (config.boot.initrd.systemd.enable && inInitrd) {
      boot.initrd = {
        deviceMapper = true;
        availableKernelModules = [ "dm_snapshot" "dm_mirror" "dm_raid" "raid0" "raid1" ];
        kernelModules = lib.optional cfg.boot.thin.enable "dm_thin_pool";
        systemd = {
          packages = [ "lvm2" ] ++ thinPackages;
          files =
            [
              "etc/lvm"
              "usr/bin/systemd-run"
              "usr/lib/udev/rules.d/56-lvm.rules"
              "usr/lib/udev/rules.d/69-lvm.rules"
            ]
            ++ map
              (n: "usr/sbin/${n}")
              (
                [
                  "lvchange"
                  "lvcreate"
                  "lvm"
                  "lvs"
                  "pvcreate"
                  "pvs"
                  "vgchange"
                  "vgcreate"
                  "vgs"
                ]
                ++ lib.optionals cfg.boot.thin.enable [ "thin_check" "thin_dump" "thin_repair" ]
              );
        };
      };
    })
  ];
}
