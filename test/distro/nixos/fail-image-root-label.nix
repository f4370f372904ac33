(import ./image.inc
{ fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; }; }
).drvPath
