# A service that Debian has no package of, and no package given.
(import ../options/system.inc {
  modules = [
    { fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; }; system.stateVersion = "25.11"; services.jellyfin.enable = true; }
  ];
}).config.systemd.units."jellyfin.service".text
