# Jellyfin, a server of films and music.
let
  directory =
    default: description:
    { lib, cfg }:
    lib.mkOption {
      type = (import ../../../lib/line-types.nix { inherit lib; }).path;
      default = default cfg;
      inherit description;
    };
in
import ../../../lib/media-service.nix {
  name = "jellyfin";
  title = "Jellyfin";
  port = 8096;
  dataDir = "/var/lib/jellyfin";
  options = {
    configDir = directory (cfg: "${cfg.dataDir}/config") "Where its configuration is.";
    cacheDir = directory (_: "/var/cache/jellyfin") "Where what it can make again is.";
    logDir = directory (cfg: "${cfg.dataDir}/log") "Where its logs are.";
  };
  command = cfg: [
    "${cfg.package}/bin/jellyfin"
    "--datadir"
    cfg.dataDir
    "--configdir"
    cfg.configDir
    "--cachedir"
    cfg.cacheDir
    "--logdir"
    cfg.logDir
  ];
  # HTTPS, and what clients find it by.
  tcpPorts = [ 8920 ];
  udpPorts = [ 1900 7359 ];
  serviceConfig = cfg: {
    CacheDirectory = "jellyfin";
    WorkingDirectory = cfg.dataDir;
    UMask = "0077";
    TimeoutSec = 15;
    SuccessExitStatus = [ "0" "143" ];
    NoNewPrivileges = true;
    SystemCallArchitectures = "native";
    RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    ProtectControlGroups = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    LockPersonality = true;
    PrivateTmp = true;
    # Graphics cards decode films.
    PrivateDevices = false;
    SupplementaryGroups = [ "video" "render" ];
  };
}
