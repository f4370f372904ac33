# Loki: a database of log messages. Debian has no package of it: services.loki.package is the user's to give.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.loki;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../lib/formats { inherit lib; }) json;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };

  configuration =
    if cfg.configFile != null then
      cfg.configFile
    else
      checkedFile {
        name = "loki-config.json";
        source = pkgs.writeText "loki-config.json" (json.pretty cfg.configuration);
        option = "services.loki.configuration";
        packages = [ cfg.package ];
        check = ''loki -config.file="$file" -verify-config'';
      };
in
{
  options.services.loki = {
    enable = lib.mkEnableOption "Loki, a database of log messages";
    package = foreignPackage {
      option = "services.loki.package";
      name = "grafana-loki";
    };
    user = mkOption {
      type = types.str;
      default = "loki";
      description = "The user it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "loki";
      description = "The group it runs as.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/loki";
      description = "The folder with its data.";
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
      example = [ "--server.http-listen-port=3101" ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.configuration == { }) != (cfg.configFile == null);
        message =
          "services.loki needs one of services.loki.configuration and services.loki.configFile. Set one of them.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    users.groups.${cfg.group} = { };
    users.users.${cfg.user} = {
      description = "Loki";
      isSystemUser = true;
      inherit (cfg) group;
      home = cfg.dataDir;
    };
    systemd.tmpfiles.settings.loki.${cfg.dataDir}.d = {
      inherit (cfg) user group;
      mode = "0700";
    };
    systemd.services.loki = {
      description = "Database of log messages";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/loki ${utils.escapeSystemdExecArgs ([ "--config.file=${configuration}" ] ++ cfg.extraFlags)}";
        User = cfg.user;
        Restart = "always";
        WorkingDirectory = cfg.dataDir;
        DevicePolicy = "closed";
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "full";
      };
    };
  };
}
