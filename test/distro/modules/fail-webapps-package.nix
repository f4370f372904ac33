(import ../options/system.inc { modules = [ { fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; }; system.stateVersion = "25.11";
  services.nextcloud = { enable = true; hostName = "cloud.example.org"; config = { dbtype = "sqlite"; adminpassFile = "/run/password"; }; };
} ]; }).config.system.build.toplevel
