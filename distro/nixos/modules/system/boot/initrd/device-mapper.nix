# What encrypted devices, logical volumes and verity have in common: the device mapper, and the rules that name its devices.
{ config, lib, ... }:

{
  options.boot.initrd.deviceMapper = lib.mkOption {
    type = lib.types.bool;
    default = false;
    internal = true;
    description = "Whether the initrd has the device mapper.";
  };

  config = lib.mkIf (config.boot.initrd.systemd.enable && config.boot.initrd.deviceMapper) {
    boot.initrd = {
      kernelModules = [ "dm_mod" ];
      systemd = {
        packages = [ "dmsetup" ];
        files =
          [ "usr/sbin/dmsetup" ]
          ++ map (n: "usr/lib/udev/rules.d/${n}.rules") [
            "55-dm"
            "60-persistent-storage-dm"
            "95-dm-notify"
          ];
        optionalFiles = [ "usr/lib/x86_64-linux-gnu/libdevmapper.so.1.02.1" ];
      };
    };
    # The system's own udev needs the rules as well.
    system.basePackages = [ "dmsetup" ];
  };
}
