# Synapse, a server of Matrix. Debian has no package of it: the user gives one.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.matrix-synapse;
  yaml = pkgs.formats.yaml { };
  present = lib.filterAttrsRecursive (_: value: value != null);
  inherit (import ./synapse/options.nix { inherit lib pkgs cfg yaml; }) logConfig settings workers;

  configuration = yaml.generate "homeserver.yaml" (present cfg.settings);
  configurationOf =
    name: worker:
    yaml.generate "worker-${name}.yaml" (present worker // {
      worker_name = name;
      worker_log_config = "${logConfig "worker-${name}" worker.worker_log_config}";
    });

  isExtended = cfg.extras != [ ] || cfg.plugins != [ ];
  canExtend = cfg.package ? override && cfg.package ? plugins;
  package =
    if isExtended && canExtend then
      cfg.package.override { inherit (cfg) extras plugins; }
    else
      cfg.package;
  configPaths = lib.concatMap (file: [ "--config-path" (toString file) ]);
  user = "matrix-synapse";
  socketOf = listener: listener.path or null != null;

  service = description: arguments: {
    inherit description;
    environment =
      lib.optionalAttrs cfg.withJemalloc {
        LD_PRELOAD = "${pkgs.debianPackages.libjemalloc2}/lib/x86_64-linux-gnu/libjemalloc.so.2";
      }
      // { PYTHONUNBUFFERED = "1"; };
    serviceConfig = hardening // {
      Type = "notify";
      User = user;
      Group = user;
      WorkingDirectory = cfg.dataDir;
      RuntimeDirectory = "matrix-synapse";
      RuntimeDirectoryPreserve = true;
      StateDirectory = mkIf (cfg.dataDir == "/var/lib/matrix-synapse") "matrix-synapse";
      ExecStart = utils.escapeSystemdExecArgs arguments;
      ExecReload = "/bin/kill -HUP $MAINPID";
      Restart = "on-failure";
      UMask = "0077";
      Slice = "system-matrix-synapse.slice";
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateTmp = true;
      ProtectHome = true;
      ProtectProc = "invisible";
      ProtectSystem = "strict";
      ReadWritePaths = [ cfg.dataDir cfg.settings.media_store_path ];
      RemoveIPC = true;
      RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
    };
  };
  hasPostgresql = cfg.settings.database.name == "psycopg2";
  database =
    lib.optional (hasPostgresql && config.services.postgresql.enable or false) "postgresql.service";

  renamed =
    old: new:
    lib.mkRenamedOptionModule
      [ "services" "matrix-synapse" old ]
      [ "services" "matrix-synapse" "settings" new ];
in
{
  imports =
    map (name: renamed name name) [
      "server_name"
      "public_baseurl"
      "tls_certificate_path"
      "tls_private_key_path"
      "listeners"
      "database_type"
      "database_args"
      "enable_registration"
      "max_upload_size"
      "url_preview_enabled"
      "turn_uris"
      "app_service_config_files"
    ]
    ++ [
      (lib.mkRemovedOptionModule [
        "services"
        "matrix-synapse"
        "extraConfig"
      ] "Set services.matrix-synapse.settings instead.")
      (lib.mkRemovedOptionModule [
        "services"
        "matrix-synapse"
        "logConfig"
      ] "Set services.matrix-synapse.log instead.")
    ];

  options.services.matrix-synapse = {
    enable = lib.mkEnableOption "Synapse, a server of Matrix";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.matrix-synapse.package";
      name = "matrix-synapse";
    };
    extras = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "postgres" "oidc" ];
      description = "Features that nixpkgs' package has by option.";
    };
    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages of modules that nixpkgs' package takes along.";
    };
    withJemalloc = mkOption {
      type = types.bool;
      default = true;
      description = "Whether memory is allocated by jemalloc, which uses less of it.";
    };
    dataDir = mkOption {
      type = types.str;
      default = "/var/lib/matrix-synapse";
      description = "Where its data are.";
    };
    log = mkOption {
      type = types.attrsOf yaml.type;
      default = { };
      example = { loggers."synapse.http".level = "WARNING"; };
      description =
        "Settings of the log, as of Python's logging. They are added to those that log to the journal.";
    };
    inherit settings workers;
    extraConfigFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = [ "/run/secrets/synapse.yaml" ];
      description = "Files in the machine with further settings, such as secrets.";
    };
    configFile = mkOption {
      type = types.path;
      readOnly = true;
      default = configuration;
      description = "The file with the settings.";
    };
    configureRedisLocally = mkOption {
      type = types.bool;
      default = false;
      description = "Whether there is a Redis for its workers.";
    };
    enableRegistrationScript = mkOption {
      type = types.bool;
      default = lib.any (listener: !(socketOf listener)) cfg.settings.listeners;
      defaultText = lib.literalMD "whether a listener has a port";
      description = "Whether there is a program `matrix-synapse-register_new_matrix_user`.";
    };
    serviceUnit = mkOption {
      type = types.str;
      readOnly = true;
      default = if cfg.workers == { } then "matrix-synapse.service" else "matrix-synapse.target";
      description = "The unit that others wait for.";
    };
  };

  config = mkIf cfg.enable {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.matrix-synapse.workers";
        }) (lib.attrNames cfg.workers)
      )
      ++ [
        {
          assertion = isExtended -> canExtend;
          message =
            "services.matrix-synapse.extras and services.matrix-synapse.plugins have no effect: services.matrix-synapse.package is not "
            + "made as nixpkgs' is. Build the package with them.";
        }
        {
          assertion =
            cfg.workers == { } || cfg.settings.redis.enabled or false || cfg.configureRedisLocally;
          message =
            "services.matrix-synapse.workers need Redis. Set services.matrix-synapse.configureRedisLocally = true, or "
            + "services.matrix-synapse.settings.redis.";
        }
      ];
    services.matrix-synapse.settings.redis = mkIf cfg.configureRedisLocally {
      enabled = true;
      path = config.services.redis.servers.matrix-synapse.unixSocket;
    };

    users.users.${user} = {
      description = "Synapse";
      isSystemUser = true;
      group = user;
      home = cfg.dataDir;
      createHome = true;
    };
    users.groups.${user} = { };

    environment.systemPackages = lib.optional cfg.enableRegistrationScript (
      pkgs.writeShellScriptBin "matrix-synapse-register_new_matrix_user" ''
        exec ${package}/bin/register_new_matrix_user ${
          lib.concatMapStringsSep " " (file: "-c ${escapeShellArg (toString file)}") ([
            configuration
          ] ++ cfg.extraConfigFiles)
        } "$@"
      ''
    );

    systemd.slices.system-matrix-synapse.description = "Synapse";
    systemd.targets.matrix-synapse = mkIf (cfg.workers != { }) {
      description = "Synapse with its workers";
      wantedBy = [ "multi-user.target" ];
    };
    systemd.services =
      {
        matrix-synapse =
          let
            main = service "Synapse" (
              [ "${package}/bin/synapse_homeserver" ]
              ++ configPaths ([ configuration ] ++ cfg.extraConfigFiles)
              ++ [ "--keys-directory" cfg.dataDir ]
            );
          in
          lib.recursiveUpdate main {
            after = [ "network-online.target" ] ++ database;
            wants = [ "network-online.target" ];
            requires = database;
            wantedBy = [
              (if cfg.workers == { } then "multi-user.target" else "matrix-synapse.target")
            ];
            partOf = lib.optional (cfg.workers != { }) "matrix-synapse.target";
            # Its key is made at the first start.
            serviceConfig.ExecStartPre = utils.escapeSystemdExecArgs (
              [ "${package}/bin/synapse_homeserver" ]
              ++ configPaths ([ configuration ] ++ cfg.extraConfigFiles)
              ++ [ "--keys-directory" cfg.dataDir "--generate-keys" ]
            );
          };
      }
      // lib.mapAttrs' (
        name: worker:
        lib.nameValuePair "matrix-synapse-worker-${name}" (
          service "Worker ${name} of Synapse" (
            [ "${package}/bin/synapse_worker" ]
            ++ configPaths ([
              configuration
              (configurationOf name worker)
            ] ++ cfg.extraConfigFiles)
            ++ [ "--keys-directory" cfg.dataDir ]
          )
          // {
            after = [ "matrix-synapse.service" ];
            requires = [ "matrix-synapse.service" ];
            wantedBy = [ "matrix-synapse.target" ];
            partOf = [ "matrix-synapse.target" ];
          }
        )
      ) cfg.workers;
  };
}
