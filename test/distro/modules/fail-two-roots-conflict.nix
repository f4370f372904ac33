(import ./system.inc [ { fileSystems."/".device = "/dev/sda1"; } { fileSystems."/".device = "/dev/sdb1"; } ]).checked
