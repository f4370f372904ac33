# thermald: keeps Intel's processors from becoming too hot.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.thermald;
in
{
  options.services.thermald = {
    enable = lib.mkEnableOption "thermald, which keeps Intel's processors from becoming too hot";
    package = lib.mkPackageOption pkgs "thermald" { };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it logs what it does.";
    };
    ignoreCpuidCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it runs on processors that it does not know, too.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "Its configuration file, instead of what the firmware says.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.dbus.packages = [ cfg.package ];
    systemd.services.thermald = {
      description = "Temperature of processors";
      wantedBy = [ "multi-user.target" ];
      aliases = [ "dbus-org.freedesktop.thermald.service" ];
      unitConfig.ConditionVirtualization = "no";
      serviceConfig = {
        Type = "dbus";
        BusName = "org.freedesktop.thermald";
        SuccessExitStatus = 2;
        Restart = "on-failure";
        PrivateNetwork = true;
        ExecStart =
          "${cfg.package}/sbin/thermald --no-daemon --dbus-enable"
          + lib.optionalString cfg.debug " --loglevel=debug"
          + lib.optionalString cfg.ignoreCpuidCheck " --ignore-cpuid-check"
          + (
            if cfg.configFile != null then
              " --config-file ${utils.escapeSystemdExecArg cfg.configFile}"
            else
              " --adaptive"
          );
      };
    };
  };
}
