(import ../options/system.inc { modules = [ { fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; }; system.stateVersion = "25.11";
  services.fail2ban = { enable = true; jails.DEFAULT.enabled = false; bantime-increment = { formula = "x"; multipliers = "1"; }; };
  services.samba = { enable = true; nsswins = true; winbindd.enable = false; };
  services.samba-wsdd = { enable = true; hoplimit = 2; };
} ]; }).config.system.build.toplevel
