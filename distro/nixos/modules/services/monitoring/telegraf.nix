# Telegraf: collects metrics and sends them on. Debian has no package of it: services.telegraf.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.services.telegraf;
  toml = pkgs.formats.toml { };
  source = toml.generate "config.toml" cfg.extraConfig;
  # Variables are replaced when it starts, as their values are secrets.
  substituted = cfg.environmentFiles != [ ];
  file = if substituted then "/run/telegraf/config.toml" else source;
in
{
  options.services.telegraf = {
    enable = lib.mkEnableOption "Telegraf, which collects metrics and sends them on";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.telegraf.package";
      name = "telegraf";
    };
    environmentFiles = mkOption {
      type = types.listOf lineTypes.machineFile;
      default = [ ];
      example = [ "/run/keys/telegraf.env" ];
      description =
        "Files of the machine's with lines NAME=value. $NAME and \${NAME} in the configuration are replaced by the values.";
    };
    extraConfig = mkOption {
      type = types.attrsOf toml.type;
      default = { };
      example = {
        inputs.cpu = { };
        outputs.influxdb.urls = [ "http://localhost:8086" ];
      };
      description = "Its configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.groups.telegraf = { };
    users.users.telegraf = {
      description = "Telegraf";
      isSystemUser = true;
      group = "telegraf";
    };
    systemd.services.telegraf = {
      description = "Collection of metrics";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = lib.optional (cfg.extraConfig ? inputs.procstat) pkgs.procps;
      preStart = lib.optionalString substituted ''
        umask 077
        ${pkgs.gettext}/bin/envsubst < ${source} > ${file}
      '';
      serviceConfig = {
        EnvironmentFile = cfg.environmentFiles;
        ExecStart = "${lib.getExe' cfg.package "telegraf"} -config ${file}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        RuntimeDirectory = "telegraf";
        User = "telegraf";
        Group = "telegraf";
        Restart = "on-failure";
        # For pings.
        AmbientCapabilities = [ "CAP_NET_RAW" ];
      };
    };
  };
}
