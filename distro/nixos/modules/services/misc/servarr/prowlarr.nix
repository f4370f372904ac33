# Prowlarr, which knows indexes for the others.
import
  ../../../../lib/media-service.nix
  {
    name = "prowlarr";
    title = "Prowlarr";
    port = 9696;
    dataDir = "/var/lib/prowlarr";
    settings = "PROWLARR";
    command = cfg: [ "${cfg.package}/bin/Prowlarr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
