# restic's REST server: repositories that this machine keeps for others.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.services.restic.server;
  arguments =
    [ "--path" cfg.dataDir ]
    ++ lib.optionals (cfg.htpasswd-file != null) [ "--htpasswd-file" (toString cfg.htpasswd-file) ]
    ++ lib.optional cfg.appendOnly "--append-only"
    ++ lib.optional cfg.privateRepos "--private-repos"
    ++ lib.optional cfg.prometheus "--prometheus"
    ++ cfg.extraFlags;
in
{
  options.services.restic.server = {
    enable = lib.mkEnableOption "restic's REST server";
    package = lib.mkPackageOption pkgs "restic-rest-server" { };
    listenAddress = mkOption {
      type = types.singleLineStr;
      default = "8000";
      example = "127.0.0.1:8080";
      description = "The port, with or without an address, or the path of a socket.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/restic";
      description = "The folder of the repositories.";
    };
    appendOnly = flag false "Whether clients may only add.";
    htpasswd-file = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/secrets/restic-users";
      description =
        "The file with users and passwords, as htpasswd makes it. null is `.htpasswd` in the folder.";
    };
    privateRepos = flag false "Whether each user reaches the repository of the same name alone.";
    prometheus = flag false "Whether there are metrics for Prometheus.";
    extraFlags = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      example = [ "--no-auth" ];
      description = "Further arguments of the server.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.users.restic = {
      isSystemUser = true;
      group = "restic";
      home = cfg.dataDir;
    };
    users.groups.restic = { };
    systemd.tmpfiles.settings.restic-rest-server =
      {
        ${cfg.dataDir}.d = {
          mode = "0750";
          user = "restic";
          group = "restic";
        };
      }
      # Without the file the server does not start.
      // lib.optionalAttrs (cfg.htpasswd-file == null) {
        "${cfg.dataDir}/.htpasswd".f = {
          mode = "0640";
          user = "restic";
          group = "restic";
        };
      };

    systemd.sockets.restic-rest-server = {
      wantedBy = [ "sockets.target" ];
      listenStreams = [ cfg.listenAddress ];
    };
    systemd.services.restic-rest-server = {
      description = "Restic REST Server";
      requires = [ "restic-rest-server.socket" ];
      after = [ "network.target" "restic-rest-server.socket" ];
      serviceConfig = hardening // {
        ExecStart = "${lib.getExe' cfg.package "restic-rest-server"} ${utils.escapeSystemdExecArgs arguments}";
        Type = "simple";
        User = "restic";
        Group = "restic";
        CapabilityBoundingSet = "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        # The socket is systemd's.
        PrivateNetwork = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = [ cfg.dataDir ];
        RemoveIPC = true;
        RestrictAddressFamilies = "none";
        UMask = "0027";
      };
    };
  };
}
