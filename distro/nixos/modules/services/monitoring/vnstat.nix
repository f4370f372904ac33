# vnStat: how much traffic each network interface has had.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.vnstat;
in
{
  options.services.vnstat = {
    enable = lib.mkEnableOption "vnStat, which counts the traffic of network interfaces";
    package = lib.mkPackageOption pkgs "vnstat" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    users.groups.vnstatd = { };
    users.users.vnstatd = {
      description = "Counts of network traffic";
      isSystemUser = true;
      group = "vnstatd";
    };
    systemd.services.vnstat = {
      description = "Counts of network traffic";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/vnstatd -n";
        ExecReload = "/bin/kill -HUP $MAINPID";
        Restart = "on-failure";
        RestartSec = 2;
        User = "vnstatd";
        Group = "vnstatd";
        StateDirectory = "vnstat";
        CapabilityBoundingSet = "";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
      };
    };
  };
}
