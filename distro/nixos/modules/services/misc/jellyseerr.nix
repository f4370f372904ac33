# Jellyseerr, by which people ask for films.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.jellyseerr;
in
{
  options.services.jellyseerr = {
    enable = lib.mkEnableOption "Jellyseerr, by which people ask for films";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.jellyseerr.package";
      name = "jellyseerr";
    };
    port = mkOption {
      type = types.port;
      default = 5055;
      description = "The port at which it listens.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether its port is open in the firewall.";
    };
    configDir = mkOption {
      type = types.path;
      default = "/var/lib/jellyseerr/config";
      description = "Where its configuration is.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.jellyseerr = {
      description = "Jellyseerr";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = {
        PORT = toString cfg.port;
        CONFIG_DIRECTORY = cfg.configDir;
      };
      serviceConfig = {
        ExecStart = lib.getExe cfg.package;
        DynamicUser = true;
        StateDirectory = "jellyseerr";
        Restart = "on-failure";
        ProtectHome = true;
        ProtectSystem = "strict";
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHostname = true;
        ProtectClock = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        NoNewPrivileges = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
      };
    };
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;
  };
}
