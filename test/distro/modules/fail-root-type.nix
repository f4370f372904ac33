(import ./system.inc { fileSystems."/" = { device = "x"; fsType = "ntfs"; }; }).checked
