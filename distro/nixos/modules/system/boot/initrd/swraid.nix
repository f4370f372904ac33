# Arrays of disks (Linux MD RAID), in the initrd and in the system. udev's rules assemble an array once its disks are there; 30 seconds
# after the first of them it is started without the others.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.swraid;
  text = config.environment.etc."mdadm.conf".text;
  reports = builtins.match "(.*\n)?[[:space:]]*(MAILADDR|PROGRAM)[[:space:]].*" text != null;
in
{
  options.boot.swraid = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether arrays of disks (MD RAID) are assembled, in the initrd and in the system, which has mdadm.";
    };
    mdadmConf = mkOption {
      type = types.lines;
      default = "";
      example = ''
        ARRAY /dev/md/data UUID=6f1b1d7e:0d5b1ae6:7d6bb1cd:2a2f3c11
        MAILADDR root
      '';
      description = "Lines of mdadm.conf(5).";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."mdadm.conf".text = lib.mkAfter cfg.mdadmConf;
    system.basePackages = [ "mdadm" ];
    # Without a recipient it ends with an error.
    systemd.suppressedSystemUnits = lib.optional (!reports) "mdmonitor.service";

    boot.initrd = {
      needsSystemd = [ "boot.swraid.enable" ];
      availableKernelModules = [ "md_mod" "raid0" "raid1" "raid10" "raid456" ];
      systemd = lib.mkIf config.boot.initrd.systemd.enable {
        packages = [ "mdadm" ];
        files =
          [ "usr/sbin/mdadm" "usr/sbin/mdmon" ]
          ++ map (n: "usr/lib/udev/rules.d/${n}.rules") [
            "01-md-raid-creating"
            "63-md-raid-arrays"
            "64-md-raid-assembly"
          ]
          ++ map (n: "usr/lib/systemd/system/${n}") [
            "mdadm-last-resort@.service"
            "mdadm-last-resort@.timer"
            "mdmon@.service"
          ];
        contents."/etc/mdadm.conf".text = text;
      };
    };
  };
}
