# Plex, a server of films and music.
let
  list =
    type: description:
    { lib, ... }:
    lib.mkOption {
      type = lib.types.listOf (type (import ../../../lib/line-types.nix { inherit lib; }));
      default = [ ];
      inherit description;
    };
in
import ../../../lib/media-service.nix {
  name = "plex";
  title = "Plex";
  port = 32400;
  dataDir = "/var/lib/plex";
  options = {
    extraPlugins = list (types: types.path) "Plugins, by path.";
    extraScanners = list (types: types.path) "Scanners, by path.";
    accelerationDevices =
      { lib, ... }:
      lib.mkOption {
        type = lib.types.listOf lib.types.singleLineStr;
        default = [ "*" ];
        example = [ "/dev/dri/renderD128" ];
        description = "The graphics cards that decode films; `*` for all devices.";
      };
  };
  command = cfg: [ "${cfg.package}/bin/plexmediaserver" ];
  environment = cfg: {
    PLEX_DATADIR = cfg.dataDir;
    PLEX_PLUGINS = builtins.concatStringsSep ":" (map (plugin: "${plugin}") cfg.extraPlugins);
    PLEX_SCANNERS = builtins.concatStringsSep ":" (map (scanner: "${scanner}") cfg.extraScanners);
    PLEX_MEDIA_SERVER_TMPDIR = "/tmp";
    PLEX_MEDIA_SERVER_USE_SYSLOG = "true";
    LC_ALL = "C.UTF-8";
    LANG = "C.UTF-8";
  };
  tcpPorts = [ 3005 8324 32469 ];
  udpPorts = [ 1900 5353 32410 32412 32413 32414 ];
  serviceConfig = cfg: {
    KillSignal = "SIGQUIT";
    PIDFile = "${cfg.dataDir}/Plex Media Server/plexmediaserver.pid";
    NoNewPrivileges = true;
    PrivateTmp = true;
    PrivateDevices = cfg.accelerationDevices == [ ];
    DeviceAllow = if cfg.accelerationDevices == [ "*" ] then null else cfg.accelerationDevices;
    ProtectSystem = true;
    ProtectControlGroups = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
    LockPersonality = true;
  };
}
