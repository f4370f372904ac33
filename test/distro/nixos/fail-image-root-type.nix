(import ./image.inc
{ fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "xfs"; }; }
).drvPath
