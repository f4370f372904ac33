(import ./system.inc { fileSystems.root = { mountPoint = "/"; device = "/dev/sdb"; fsType = "ext4"; }; }).checked
