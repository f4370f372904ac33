# irqbalance: spreads interrupts over the processors.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.irqbalance;
in
{
  options.services.irqbalance = {
    enable = lib.mkEnableOption "irqbalance, which spreads interrupts over the processors";
    package = lib.mkPackageOption pkgs "irqbalance" { };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.irqbalance = {
      description = "Distribution of interrupts";
      documentation = [ "man:irqbalance(1)" ];
      wantedBy = [ "multi-user.target" ];
      unitConfig = {
        ConditionVirtualization = "!container";
        ConditionCPUs = ">1";
      };
      serviceConfig = {
        ExecStart = "${cfg.package}/sbin/irqbalance --foreground";
        RuntimeDirectory = "irqbalance";
        ReadOnlyPaths = "/";
        ReadWritePaths = "/proc/irq";
        RestrictAddressFamilies = "AF_UNIX";
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        PrivateNetwork = true;
        ProtectSystem = "strict";
      };
    };
  };
}
