# iperf3, which measures how fast a network is.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkIf mkOption optional optionals types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNull;
  cfg = config.services.iperf3;
in
{
  options.services.iperf3 = {
    enable = lib.mkEnableOption "the server of iperf3, which measures how fast a network is";
    package = lib.mkPackageOption pkgs "iperf3" { };
    port = mkOption {
      type = types.port;
      default = 5201;
      description = "The port of TCP and UDP.";
    };
    affinity =
      orNull types.ints.unsigned "The number of the processor that it runs on; null for any.";
    bind = orNull types.str "The address that it listens on; null for all.";
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets clients in.";
    };
    verbose = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it prints more.";
    };
    forceFlush = mkOption {
      type = types.bool;
      default = false;
      description = "Whether what it prints is in the journal at once.";
    };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it prints messages for debugging.";
    };
    rsaPrivateKey =
      orNull
        lineTypes.machineFile
        "The file of the machine with the key (RSA) with which clients log in.";
    authorizedUsersFile =
      orNull lineTypes.machineFile "The file of the machine with the users that may log in.";
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = mkIf cfg.enable {
    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = [ cfg.port ];
      allowedUDPPorts = [ cfg.port ];
    };
    environment.systemPackages = [ cfg.package ];
    systemd.services.iperf3 = {
      description = "Server of iperf3";
      unitConfig.Documentation = "man:iperf3(1)";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Restart = "on-failure";
        RestartSec = 2;
        DynamicUser = true;
        PrivateDevices = true;
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        LoadCredential =
          optional (cfg.rsaPrivateKey != null) "key:${cfg.rsaPrivateKey}"
          ++ optional (cfg.authorizedUsersFile != null) "users:${cfg.authorizedUsersFile}";
        ExecStart =
          utils.escapeSystemdExecArgs (
            [ "${cfg.package}/bin/iperf3" "--server" "--port" (toString cfg.port) ]
            ++ optionals (cfg.affinity != null) [ "--affinity" (toString cfg.affinity) ]
            ++ optionals (cfg.bind != null) [ "--bind" cfg.bind ]
            ++ optional cfg.verbose "--verbose"
            ++ optional cfg.debug "--debug"
            ++ optional cfg.forceFlush "--forceflush"
            ++ cfg.extraFlags
          )
          + lib.optionalString (cfg.rsaPrivateKey != null) " --rsa-private-key-path %d/key"
          + lib.optionalString
            (cfg.authorizedUsersFile != null)
            " --authorized-users-path %d/users";
      };
    };
  };
}
