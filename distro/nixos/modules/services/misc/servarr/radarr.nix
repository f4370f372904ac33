# Radarr, which fetches films.
import
  ../../../../lib/media-service.nix
  {
    name = "radarr";
    title = "Radarr";
    port = 7878;
    dataDir = "/var/lib/radarr/.config/Radarr";
    settings = "RADARR";
    command = cfg: [ "${cfg.package}/bin/Radarr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
