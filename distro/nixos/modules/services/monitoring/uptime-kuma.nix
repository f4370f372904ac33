# Uptime Kuma: a page that says which servers are up. Debian has no package of it: services.uptime-kuma.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.uptime-kuma;
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "uptime-kuma" "dataDir" ] "It is /var/lib/uptime-kuma.")
  ];

  options.services.uptime-kuma = {
    enable = lib.mkEnableOption "Uptime Kuma, which watches servers";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.uptime-kuma.package";
      name = "uptime-kuma";
    };
    appriseSupport = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it sends messages by way of apprise, too.";
    };
    settings = mkOption {
      type = types.submodule { freeformType = types.attrsOf types.str; };
      default = { };
      example = {
        PORT = "4000";
        NODE_EXTRA_CA_CERTS = "/etc/ssl/certs/ca-certificates.crt";
      };
      description = "Variables of its environment.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.uptime-kuma.settings = lib.mapAttrs (_: lib.mkDefault) {
      DATA_DIR = "/var/lib/uptime-kuma/";
      NODE_ENV = "production";
      HOST = "127.0.0.1";
      PORT = "3001";
    };
    systemd.services.uptime-kuma = {
      description = "Watch on servers";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = cfg.settings;
      path = [ pkgs.debianPackages.iputils-ping ] ++ lib.optional cfg.appriseSupport pkgs.apprise;
      serviceConfig = {
        Type = "simple";
        StateDirectory = "uptime-kuma";
        StateDirectoryMode = "750";
        DynamicUser = true;
        ExecStart = "${cfg.package}/bin/uptime-kuma-server";
        Restart = "on-failure";
        AmbientCapabilities = "";
        CapabilityBoundingSet = "";
        LockPersonality = true;
        # JavaScript is compiled in memory.
        MemoryDenyWriteExecute = false;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "noaccess";
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" "AF_NETLINK" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        UMask = "0027";
      };
    };
  };
}
