# Whisparr, which fetches films for adults.
import
  ../../../../lib/media-service.nix
  {
    name = "whisparr";
    title = "Whisparr";
    port = 6969;
    dataDir = "/var/lib/whisparr/.config/Whisparr";
    settings = "WHISPARR";
    command = cfg: [ "${cfg.package}/bin/Whisparr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
