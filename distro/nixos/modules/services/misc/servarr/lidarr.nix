# Lidarr, which fetches music.
import
  ../../../../lib/media-service.nix
  {
    name = "lidarr";
    title = "Lidarr";
    port = 8686;
    dataDir = "/var/lib/lidarr/.config/Lidarr";
    settings = "LIDARR";
    command = cfg: [ "${cfg.package}/bin/Lidarr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
