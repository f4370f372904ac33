(import ./image.inc
{ fileSystems."/" = { device = "/dev/disk/by-uuid/1234"; fsType = "ext4"; }; }
).drvPath
