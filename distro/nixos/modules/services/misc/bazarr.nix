# Bazarr, which fetches subtitles.
import
  ../../../lib/media-service.nix
  {
    name = "bazarr";
    title = "Bazarr";
    port = 6767;
    portOption = "listenPort";
    dataDir = "/var/lib/bazarr";
    command = cfg: [
      "${cfg.package}/bin/bazarr"
      "--config"
      cfg.dataDir
      "--port"
      (toString cfg.listenPort)
      "--no-update"
      "True"
    ];
    serviceConfig = _: {
      KillSignal = "SIGINT";
      SuccessExitStatus = "0 156";
    };
  }
