# Grafana: pictures of metrics. Debian has no package of it: services.grafana.package is the user's to give.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.grafana;
  inherit (cfg) provision settings;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };

  yaml = pkgs.formats.yaml { };
  ini = pkgs.formats.ini {
    mkKeyValue = lib.generators.mkKeyValueDefault { } " = ";
    option = path: lib.showOption ([ "services" "grafana" "settings" ] ++ path);
  };

  # The files of a folder of `provisioning`: those of the folder that `path` is, or the one that it is, or one of the settings.
  provisioned =
    folder: name: entry:
    let
      files = builtins.attrNames (
        lib.filterAttrs (_: type: type != "directory") (builtins.readDir entry.path)
      );
    in
    if entry.path != null && lib.pathIsDirectory entry.path then
      map (file: {
        name = "${folder}/${name}-${file}";
        path = "${entry.path}/${file}";
      }) files
    else
      lib.optional (entry.path != null || entry.settings != null) {
        name = "${folder}/${name}.yaml";
        path =
          if entry.path != null then
            entry.path
          else
            yaml.generate "${name}.yaml" (withoutNulls entry.settings);
      };
  withoutNulls =
    value:
    if builtins.isAttrs value && !lib.isDerivation value then
      lib.mapAttrs (_: withoutNulls) (lib.filterAttrs (n: v: v != null && n != "_module") value)
    else if builtins.isList value then
      map withoutNulls value
    else
      value;

  provisioning = pkgs.linkFarm "grafana-provisioning" (
    provisioned "datasources" "datasources" provision.datasources
    ++ provisioned "dashboards" "dashboards" provision.dashboards
    ++ lib.concatMap (kind: provisioned "alerting" kind provision.alerting.${kind}) [
      "contactPoints"
      "muteTimings"
      "policies"
      "rules"
      "templates"
    ]
  );

  plugins = pkgs.linkFarm "grafana-plugins" (
    map (plugin: {
      name =
        plugin.pname or (throw
          "services.grafana.declarativePlugins has `${plugin}', which is no package with a `pname'. Give one, or remove it."
        );
      path = plugin;
    }) (if cfg.declarativePlugins == null then [ ] else cfg.declarativePlugins)
  );

  configFile = ini.generate "config.ini" (
    lib.filterAttrs (_: section: section != { }) (
      lib.mapAttrs (
        _:
        lib.mapAttrs (_: v: if builtins.isList v then lib.concatMapStringsSep "," toString v else v)
      ) (withoutNulls settings)
    )
  );

  # Values that begin so are read from elsewhere when Grafana starts.
  isReference = value: value == null || value == "" || lib.hasInfix "$__" value;
  secrets = builtins.filter (secret: !(isReference (lib.attrByPath secret null settings))) [
    [ "database" "password" ]
    [ "smtp" "password" ]
    [ "auth.generic_oauth" "client_secret" ]
  ];
in
{
  imports = [ ./grafana/settings.nix ./grafana/provision.nix ./grafana/names.nix ];

  options.services.grafana = {
    enable = lib.mkEnableOption "Grafana, which draws metrics";
    package = foreignPackage {
      option = "services.grafana.package";
      name = "grafana";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/grafana";
      description = "The folder with its database and plugins.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets connections to the port pass.";
    };
    declarativePlugins = mkOption {
      type = types.nullOr (types.listOf types.path);
      default = null;
      description = "Packages of plugins: those of users are not used then.";
    };
  };

  config = lib.mkIf cfg.enable {
    warnings = map (
      secret:
      "services.grafana.settings.${
        lib.showOption secret
      } is readable for everyone on the machine. Write \"$__file{/path/to/a/file}\" instead."
    ) secrets;
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall settings.server.http_port;
    services.grafana.settings.paths = {
      plugins = if cfg.declarativePlugins != null then "${plugins}" else "${cfg.dataDir}/plugins";
      provisioning = lib.mkIf provision.enable "${provisioning}";
    };

    users.groups.grafana = { };
    users.users.grafana = {
      description = "Grafana";
      isSystemUser = true;
      group = "grafana";
      home = cfg.dataDir;
    };
    systemd.tmpfiles.settings.grafana.${cfg.dataDir}.d = {
      user = "grafana";
      group = "grafana";
      mode = "0700";
    };

    systemd.services.grafana = {
      description = "Pictures of metrics";
      wantedBy = [ "multi-user.target" ];
      after =
        [ "network.target" ]
        ++ lib.optional (settings.database.type == "postgres") "postgresql.target"
        ++ lib.optional (settings.database.type == "mysql") "mysql.service";
      preStart = ''
        ln -sfn ${cfg.package}/share/grafana/conf ${lib.escapeShellArg cfg.dataDir}/conf
        ln -sfn ${cfg.package}/share/grafana/tools ${lib.escapeShellArg cfg.dataDir}/tools
      '';
      script = ''
        exec ${cfg.package}/bin/grafana server -homepath ${lib.escapeShellArg cfg.dataDir} -config ${configFile}
      '';
      serviceConfig = hardening // {
        WorkingDirectory = cfg.dataDir;
        User = "grafana";
        Restart = "on-failure";
        RuntimeDirectory = "grafana";
        RuntimeDirectoryMode = "0755";
        AmbientCapabilities = lib.mkIf (settings.server.http_port < 1024) [
          "CAP_NET_BIND_SERVICE"
        ];
        CapabilityBoundingSet =
          if settings.server.http_port < 1024 then [ "CAP_NET_BIND_SERVICE" ] else [ "" ];
        DeviceAllow = [ "" ];
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        SystemCallFilter =
          [ "@system-service" "~@privileged" ]
          # It gives its socket to a group.
          ++ lib.optional (settings.server.protocol == "socket") "@chown";
        UMask = "0027";
      };
    };
  };
}
