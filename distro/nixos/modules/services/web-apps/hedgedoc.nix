# HedgeDoc: notes in Markdown that several people write at once.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.hedgedoc;
  inherit (cfg) settings;
  json = pkgs.formats.json { };
  file = json.generate "hedgedoc.json" { production = settings; };
  state = "/var/lib/hedgedoc";
in
{
  options.services.hedgedoc = {
    enable = lib.mkEnableOption "HedgeDoc, notes in Markdown that several people write at once";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.hedgedoc.package";
      name = "hedgedoc";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options = {
          domain = option (types.nullOr types.str) null "The domain of its pages.";
          urlPath = option (types.nullOr types.str) null "The path of its pages.";
          host = option (types.nullOr types.str) "localhost" "The address at which it listens.";
          port = option types.port 3000 "The port at which it listens.";
          path =
            option
              (types.nullOr types.path)
              null
              "A socket at which it listens, instead of the port.";
          protocolUseSSL = option types.bool false "Whether its pages are reached by https.";
          allowOrigin =
            option
              (types.listOf types.str)
              (if settings.domain != null then [ settings.domain ] else [ "localhost" ])
              "The hosts whose pages may use it.";
          db = option json.type {
            dialect = "sqlite";
            storage = "${state}/db.sqlite";
          } "Its database.";
          useSSL = option types.bool false "Whether it speaks TLS itself.";
          uploadsPath = option types.path "${state}/uploads" "Where uploads are.";
          allowGravatar =
            option types.bool false "Whether pictures of people come from gravatar.com.";
        };
      };
      default = { };
      description = "Settings of HedgeDoc, as in its documentation.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.machineFile;
      default = null;
      example = "/run/secrets/hedgedoc.env";
      description = "A file in the machine with variables, such as CMD_SESSION_SECRET.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.users.hedgedoc = {
      description = "HedgeDoc";
      group = "hedgedoc";
      home = state;
      isSystemUser = true;
    };
    users.groups.hedgedoc = { };
    systemd.services.hedgedoc = {
      description = "HedgeDoc";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment = {
        CMD_CONFIG_FILE = "${file}";
        NODE_ENV = "production";
      };
      serviceConfig = {
        User = "hedgedoc";
        Group = "hedgedoc";
        Restart = "always";
        ExecStart = lib.getExe cfg.package;
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        RuntimeDirectory = "hedgedoc";
        StateDirectory = [ "hedgedoc" "hedgedoc/uploads" ];
        WorkingDirectory = state;
        CapabilityBoundingSet = lib.mkIf (settings.port >= 1024) "";
        AmbientCapabilities = lib.mkIf (settings.port < 1024) "CAP_NET_BIND_SERVICE";
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths =
          [ "-${settings.uploadsPath}" ]
          ++ lib.optional
            (settings.db.dialect or "" == "sqlite")
            "-${dirOf (settings.db.storage or state)}";
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        UMask = "0007";
      };
    };
  };
}
