# The small initrd, although the configuration asks for more.
(import ./system.inc {
  boot.initrd.systemd.enable = false;
  fileSystems."/home" = { device = "/dev/vdb"; fsType = "ext4"; neededForBoot = true; };
}).checked
