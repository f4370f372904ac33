# Sonarr, which fetches series.
import
  ../../../../lib/media-service.nix
  {
    name = "sonarr";
    title = "Sonarr";
    port = 8989;
    dataDir = "/var/lib/sonarr/.config/NzbDrone";
    settings = "SONARR";
    command = cfg: [ "${cfg.package}/bin/Sonarr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
