# ZeroTier. Debian has no package of it: `package' is another one.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.zerotierone;
  json = pkgs.formats.json { };
  localConf = json.generate "zerotier-local.conf" cfg.localConf;
in
{
  options.services.zerotierone = {
    enable =
      lib.mkEnableOption "ZeroTier, a network of machines. Debian does not have it: set `package`";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.zerotierone.package";
      name = "zerotierone";
    };
    joinNetworks = mkOption {
      type = types.listOf (types.strMatching "[0-9a-fA-F]{16}");
      default = [ ];
      example = [ "a8a2c3c10c1a68de" ];
      description = "The networks that the machine is in.";
    };
    port = mkOption {
      type = types.port;
      default = 9993;
      description = "The port of UDP.";
    };
    localConf = mkOption {
      type = types.nullOr json.type;
      default = null;
      example = {
        settings.allowTcpFallbackRelay = false;
      };
      description = "The contents of local.conf; null to leave it as it is.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedUDPPorts = [ cfg.port ];
    boot.kernelModules = [ "tun" ];
    systemd.services.zerotierone = {
      description = "ZeroTier";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network.target" "network-online.target" ];
      path = [ cfg.package ];
      preStart =
        ''
          mkdir -p /var/lib/zerotier-one/networks.d
          chmod 700 /var/lib/zerotier-one
        ''
        + lib.concatMapStrings (
          n: "touch /var/lib/zerotier-one/networks.d/${n}.conf\n"
        ) cfg.joinNetworks
        + lib.optionalString (cfg.localConf != null) ''
          ln -sfn ${localConf} /var/lib/zerotier-one/local.conf
        '';
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/zerotier-one -p${toString cfg.port}";
        Restart = "always";
        KillMode = "process";
        TimeoutStopSec = 5;
      };
    };
  };
}
