(import ./image.inc { fileSystems."/" = { device = "/dev/mapper/root"; fsType = "ext4"; }; }).drvPath
