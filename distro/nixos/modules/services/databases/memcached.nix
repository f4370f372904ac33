# Memcached.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.memcached;
  number =
    default: description:
    mkOption {
      type = types.ints.positive;
      inherit default description;
    };
  reach =
    if cfg.enableUnixSocket then
      "-s /run/memcached/memcached.sock"
    else
      "-l ${utils.escapeSystemdExecArg cfg.listen} -p ${toString cfg.port}";
in
{
  imports = [
    (lib.mkRemovedOptionModule
      [
        "services"
        "memcached"
        "socket"
      ]
      "The socket is /run/memcached/memcached.sock with services.memcached.enableUnixSocket."
    )
  ];

  options.services.memcached = {
    enable = lib.mkEnableOption "Memcached";
    user = mkOption {
      type = types.singleLineStr;
      default = "memcached";
      description = "The user that the server runs as. Another one than the default must exist.";
    };
    listen = mkOption {
      type = types.singleLineStr;
      default = "127.0.0.1";
      description = "The address that the server listens at.";
    };
    port = mkOption {
      type = types.port;
      default = 11211;
      description = "The port.";
    };
    enableUnixSocket =
      lib.mkEnableOption "the socket /run/memcached/memcached.sock in place of the port";
    maxMemory = number 64 "The memory for data, in MiB.";
    maxConnections = number 1024 "How many clients may be connected.";
    extraOptions = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      example = [ "-v" ];
      description = "Further arguments of memcached.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.users = lib.optionalAttrs (cfg.user == "memcached") {
      memcached = {
        description = "Memcached server user";
        isSystemUser = true;
        group = "memcached";
      };
    };
    users.groups = lib.optionalAttrs (cfg.user == "memcached") { memcached = { }; };

    environment.systemPackages = [ pkgs.memcached ];

    systemd.services.memcached = {
      description = "Memcached server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${
          pkgs.memcached
        }/bin/memcached ${reach} -m ${
          toString cfg.maxMemory
        } -c ${toString cfg.maxConnections} ${utils.escapeSystemdExecWords cfg.extraOptions}";
        User = cfg.user;
        RuntimeDirectory = "memcached";
        CapabilityBoundingSet = "";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
      };
    };
  };
}
