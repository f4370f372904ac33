# Jackett, which asks indexes of torrents for others.
import
  ../../../lib/media-service.nix
  {
    name = "jackett";
    title = "Jackett";
    port = 9117;
    portOption = "port";
    dataDir = "/var/lib/jackett/.config/Jackett";
    command = cfg: [
      "${cfg.package}/bin/Jackett"
      "--NoUpdates"
      "--Port"
      (toString cfg.port)
      "--DataFolder"
      cfg.dataDir
    ];
  }
