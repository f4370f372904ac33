# Yggdrasil, a network of machines with addresses of IPv6 that are their keys.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.yggdrasil;
  json = pkgs.formats.json { };
  keys = "/var/lib/yggdrasil/keys.json";
  settings = json.generate "yggdrasil.conf" cfg.settings;
  hasSettings = cfg.settings != { };
in
{
  options.services.yggdrasil = {
    enable =
      lib.mkEnableOption "Yggdrasil, a network of machines with addresses that are their keys";
    package = lib.mkPackageOption pkgs "yggdrasil" { };
    settings = mkOption {
      type = types.attrsOf json.type;
      default = { };
      example = {
        Peers = [ "tcp://192.0.2.1:1234" ];
      };
      description = "The configuration. What it lacks has a default.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/secrets/yggdrasil.conf";
      description =
        "A configuration file of the machine, such as with the private key, which is merged with the settings.";
    };
    group = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "wheel";
      description = "The group that may use yggdrasilctl.";
    };
    openMulticastPort = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the firewall lets peers of the local network in, at the port of UDP 9001.";
    };
    denyDhcpcdInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "tap*" ];
      description = "Interfaces that dhcpcd leaves alone.";
    };
    persistentKeys = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the machine makes a key once and keeps it. Otherwise it has another address each time.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-loglevel" "info" ];
      description = "Further arguments.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = config.networking.enableIPv6;
        message = "services.yggdrasil.enable needs networking.enableIPv6. Set it.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    boot.kernelModules = [ "tun" ];
    networking.dhcpcd.denyInterfaces = cfg.denyDhcpcdInterfaces;
    networking.firewall.allowedUDPPorts = mkIf cfg.openMulticastPort [ 9001 ];

    systemd.services.yggdrasil-persistent-keys = mkIf cfg.persistentKeys {
      description = "Key of Yggdrasil";
      wantedBy = [ "multi-user.target" ];
      before = [ "yggdrasil.service" ];
      path = [ cfg.package pkgs.jq ];
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      script = ''
        if ! [ -e ${keys} ]; then
          umask 077
          mkdir -p "$(dirname ${keys})"
          yggdrasil -genconf -json | jq '{ PrivateKey }' > ${keys}.new
          mv ${keys}.new ${keys}
        fi
      '';
    };
    systemd.services.yggdrasil = {
      description = "Yggdrasil";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = [ cfg.package pkgs.jq ];
      # Later files count more.
      preStart = ''
        umask 077
        {
          echo '{}'
          ${lib.optionalString hasSettings "cat ${settings}"}
          ${lib.optionalString (cfg.configFile != null) "cat \"$CREDENTIALS_DIRECTORY/config\""}
          ${lib.optionalString cfg.persistentKeys "cat \"$CREDENTIALS_DIRECTORY/keys\""}
        } | jq -s 'reduce .[] as $part ({}; . * $part)' | yggdrasil -useconf -normaliseconf -json > /run/yggdrasil/yggdrasil.conf
      '';
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/yggdrasil -useconffile /run/yggdrasil/yggdrasil.conf ${utils.escapeSystemdExecArgs cfg.extraArgs}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        Restart = "always";
        DynamicUser = true;
        Group = mkIf (cfg.group != null) cfg.group;
        StateDirectory = "yggdrasil";
        RuntimeDirectory = "yggdrasil";
        RuntimeDirectoryMode = "0750";
        LoadCredential =
          lib.optional (cfg.configFile != null) "config:${cfg.configFile}"
          ++ lib.optional cfg.persistentKeys "keys:${keys}";
        AmbientCapabilities = [ "CAP_NET_ADMIN" "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_ADMIN" "CAP_NET_BIND_SERVICE" ];
        MemoryDenyWriteExecute = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
