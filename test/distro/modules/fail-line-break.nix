(import ./system.inc { fileSystems."/data" = { device = "/dev/vdb\n/dev/vdc / ext4 defaults 0 0";
      fsType = "ext4"; }; }).config.environment.etc.fstab.text
