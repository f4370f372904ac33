# Promtail, and Alloy, which took its place: they send log messages to Loki. Debian has no packages of them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.promtail;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../lib/formats { inherit lib; }) json;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };
  configuration =
    if cfg.configFile != null then
      cfg.configFile
    else
      checkedFile {
        name = "promtail.json";
        source = pkgs.writeText "promtail.json" (json.pretty cfg.configuration);
        option = "services.promtail.configuration";
        packages = [ cfg.package ];
        check = ''promtail -config.file="$file" -check-syntax'';
      };
  positions = cfg.configuration.positions.filename or null;
in
{
  options.services.promtail = {
    enable = lib.mkEnableOption "Promtail, which sends log messages to Loki";
    package = foreignPackage {
      option = "services.promtail.package";
      name = "promtail";
    };
    configuration = mkOption {
      type = types.attrsOf (pkgs.formats.json { }).type;
      default = { };
      description = "Its configuration.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "Its configuration file, instead of `configuration`.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.promtail.configuration.positions.filename =
      lib.mkDefault "/var/cache/promtail/positions.yaml";
    users.groups.promtail = { };
    users.users.promtail = {
      description = "Promtail";
      isSystemUser = true;
      group = "promtail";
    };
    systemd.services.promtail = {
      description = "Log messages for Loki";
      wantedBy = [ "multi-user.target" ];
      stopIfChanged = false;
      serviceConfig = hardening // {
        Restart = "on-failure";
        TimeoutStopSec = 10;
        ExecStart = "${cfg.package}/bin/promtail ${utils.escapeSystemdExecArgs ([ "-config.file=${configuration}" ] ++ cfg.extraFlags)}";
        User = "promtail";
        Group = "promtail";
        SupplementaryGroups = [ "systemd-journal" ];
        CacheDirectory = "promtail";
        ReadWritePaths =
          lib.optional (positions != null && !(lib.hasPrefix "/var/cache/promtail/" positions)) (
            dirOf positions
          );
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        ProtectHome = "tmpfs";
        ProtectSystem = "strict";
      };
    };
  };
}
