# Records of errors of memory, processors and buses.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.hardware.rasdaemon;
in
{
  options.hardware.rasdaemon = {
    enable = lib.mkEnableOption "records of errors that the hardware reports";
    package = lib.mkPackageOption pkgs "rasdaemon" { };
    record = mkOption {
      type = types.bool;
      default = true;
      description = "Whether they are kept in /var/lib/rasdaemon, where `ras-mc-ctl` reads them.";
    };
    mainboard = mkOption {
      type = types.lines;
      default = "";
      description = "The mainboard's vendor and model for `ras-mc-ctl`, as in /etc/ras/mainboard.";
    };
    labels = mkOption {
      type = types.lines;
      default = "";
      description = "Labels of memory slots, as in /etc/ras/dimm_labels.d.";
    };
    config = mkOption {
      type = types.lines;
      default = "";
      example = "PAGE_CE_REFRESH_CYCLE=\"24h\"";
      description = "Environment variables of the daemon.";
    };
    extraModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "i7core_edac" ];
      description = "Kernel modules that report errors.";
    };
    testing = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the kernel's module that makes errors for tests is loaded.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc =
      lib.optionalAttrs (cfg.mainboard != "") { "ras/mainboard".text = cfg.mainboard; }
      // lib.optionalAttrs (cfg.labels != "") { "ras/dimm_labels.d/labels".text = cfg.labels; }
      // lib.optionalAttrs (cfg.config != "") { "sysconfig/rasdaemon".text = cfg.config; };
    boot.kernelModules = cfg.extraModules ++ lib.optional cfg.testing "aer_inject";
    systemd.services.rasdaemon = {
      description = "the RAS logging daemon";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        EnvironmentFile = lib.optional (cfg.config != "") "/etc/sysconfig/rasdaemon";
        ExecStart = "/usr/sbin/rasdaemon --foreground${lib.optionalString cfg.record " --record"}";
        Restart = "on-abort";
      } // lib.optionalAttrs cfg.record { StateDirectory = "rasdaemon"; };
    };
    systemd.services.ras-mc-ctl = mkIf (cfg.labels != "") {
      description = "register DIMM labels on startup";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/usr/sbin/ras-mc-ctl --register-labels";
        RemainAfterExit = true;
      };
    };
  };
}
