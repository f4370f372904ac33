# ntfy: messages for telephones. Debian has no package of the server: services.ntfy-sh.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.services.ntfy-sh;
  yaml = pkgs.formats.yaml { };
  configuration = yaml.generate "server.yml" (lib.filterAttrs (_: v: v != null) cfg.settings);
in
{
  options.services.ntfy-sh = {
    enable = lib.mkEnableOption "ntfy, which sends messages to telephones";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.ntfy-sh.package";
      name = "ntfy-sh";
    };
    user = mkOption {
      type = types.str;
      default = "ntfy-sh";
      description = "The user it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "ntfy-sh";
      description = "The group it runs as.";
    };
    environmentFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      description = "A file of the machine's with lines NTFY_SETTING=value, for secrets.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = yaml.type;
        options.base-url = mkOption {
          type = types.str;
          example = "https://ntfy.example.org";
          description = "The address under which it is reached.";
        };
      };
      default = { };
      example = { listen-http = ":8080"; };
      description = "Its configuration, as in server.yml.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."ntfy/server.yml".source = configuration;
    environment.systemPackages = [ cfg.package ];
    services.ntfy-sh.settings = lib.mapAttrs (_: lib.mkDefault) {
      auth-file = "/var/lib/ntfy-sh/user.db";
      listen-http = "127.0.0.1:2586";
      attachment-cache-dir = "/var/lib/ntfy-sh/attachments";
      cache-file = "/var/lib/ntfy-sh/cache-file.db";
    };
    users.groups = lib.mkIf (cfg.group == "ntfy-sh") { ntfy-sh = { }; };
    users.users = lib.mkIf (cfg.user == "ntfy-sh") {
      ntfy-sh = {
        isSystemUser = true;
        inherit (cfg) group;
      };
    };
    systemd.services.ntfy-sh = {
      description = "Messages for telephones";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = "${lib.getExe' cfg.package "ntfy"} serve -c ${configuration}";
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        User = cfg.user;
        StateDirectory = "ntfy-sh";
        DynamicUser = true;
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        PrivateTmp = true;
        NoNewPrivileges = true;
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        ProtectSystem = "full";
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        PrivateDevices = true;
        RestrictSUIDSGID = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        MemoryDenyWriteExecute = true;
        # A program of Go may open many connections.
        LimitNOFILE = 20500;
      };
    };
  };
}
