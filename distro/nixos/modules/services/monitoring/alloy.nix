# Alloy: sends metrics and log messages on. Debian has no package of it: services.alloy.package is the user's to give.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.services.alloy;
in
{
  options.services.alloy = {
    enable = lib.mkEnableOption "Grafana Alloy, which sends metrics and log messages on";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.alloy.package";
      name = "grafana-alloy";
    };
    configPath = mkOption {
      type = types.path;
      default = "/etc/alloy";
      description =
        "The configuration: a file, or a folder, whose files called *.alloy count. `environment.etc` makes them.";
    };
    environmentFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      description =
        "A file of the machine's with lines NAME=value, which the configuration reads with `sys.env`.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--server.http.listen-addr=127.0.0.1:12346" ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.alloy = {
      description = "Metrics and log messages on their way";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      reloadTriggers = lib.mapAttrsToList (_: file: file.source) (
        lib.filterAttrs (
          name: _: lib.hasPrefix "alloy/" name && lib.hasSuffix ".alloy" name
        ) config.environment.etc
      );
      serviceConfig = {
        Restart = "always";
        RestartSec = "2s";
        DynamicUser = true;
        SupplementaryGroups = [ "systemd-journal" ];
        ExecStart = "${lib.getExe' cfg.package "alloy"} ${utils.escapeSystemdExecArgs ([ "run" "${cfg.configPath}" ] ++ cfg.extraFlags)}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        ConfigurationDirectory = "alloy";
        StateDirectory = "alloy";
        WorkingDirectory = "%S/alloy";
        Type = "simple";
      };
    };
  };
}
