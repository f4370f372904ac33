# Readarr, which fetches books.
import
  ../../../../lib/media-service.nix
  {
    name = "readarr";
    title = "Readarr";
    port = 8787;
    dataDir = "/var/lib/readarr";
    settings = "READARR";
    command = cfg: [ "${cfg.package}/bin/Readarr" "-nobrowser" "-data=${cfg.dataDir}" ];
  }
