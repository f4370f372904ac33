# Vaultwarden, a server for Bitwarden's clients.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkIf mkOption types;
  cfg = config.services.vaultwarden;
  foreignPackage = import ../../../../lib/foreign-package.nix { inherit lib pkgs; };
  inherit (import ../../../../lib/formats { inherit lib; }) assignments;

  place =
    if lib.versionAtLeast config.system.stateVersion "24.11" then "vaultwarden" else "bitwarden_rs";
  dataDir = "/var/lib/${place}";

  # databaseUrl is DATABASE_URL, disable2FARemember is DISABLE_2FA_REMEMBER, and what is in capitals already stays.
  variable =
    name:
    let
      # `part' is a run of capitals and digits, as a list, or what is between two of them.
      add =
        key: part:
        let
          most = lib.substring 0 (lib.stringLength key - 1) key;
          # The last capital of a run begins a word.
          last = lib.removePrefix most key;
          apart = text: lib.optionalString (text != "" && !lib.hasSuffix "_" text) "_";
        in
        if lib.isList part then
          key + apart key + lib.head part
        else if key == "" || part == "" then
          key + lib.toUpper part
        else
          most + apart most + last + lib.toUpper part;
    in
    if builtins.match "[A-Z0-9_]+" name != null then
      name
    else
      builtins.foldl' add "" (builtins.split "([A-Z0-9]+)" name);
  value = v: if lib.isBool v then lib.boolToString v else toString v;
  settings = lib.mapAttrs' (name: v: lib.nameValuePair (variable name) (value v)) (
    lib.filterAttrs (_: v: v != null) cfg.config
  );
  environmentFile = pkgs.writeText "vaultwarden.env" (
    lib.concatStrings (
      lib.mapAttrsToList
        (assignments.environmentFile {
          option = "services.vaultwarden.config";
          file = "vaultwarden.env";
        })
        (
          { DATA_FOLDER = dataDir; }
          // lib.optionalAttrs
            (settings.WEB_VAULT_ENABLED or "true" == "true" && cfg.webVaultPackage != null)
            {
              WEB_VAULT_FOLDER = "${cfg.webVaultPackage}/share/vaultwarden/vault";
            }
          // settings
        )
    )
  );
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "bitwarden_rs" ] [ "services" "vaultwarden" ])
  ];

  options.services.vaultwarden = {
    enable = lib.mkEnableOption "Vaultwarden";
    package = foreignPackage {
      option = "services.vaultwarden.package";
      name = "vaultwarden";
      program = "vaultwarden";
    };
    webVaultPackage = mkOption {
      type = types.nullOr types.package;
      default = cfg.package.webvault or null;
      defaultText = lib.literalExpression "package.webvault";
      description =
        "The package with the pages of the web vault in share/vaultwarden/vault. Without one, there are none.";
    };
    dbBackend = mkOption {
      type = types.enum [ "sqlite" "mysql" "postgresql" ];
      default = "sqlite";
      description = "The database. `config.databaseUrl` says where it is.";
    };
    domain = mkOption {
      type = types.nullOr types.singleLineStr;
      default = null;
      example = "vault.example.org";
      description = "The domain of the server, which makes `config.DOMAIN`.";
    };
    configurePostgres = mkOption {
      type = types.bool;
      default = false;
      description = "Whether PostgreSQL in this machine has the database `vaultwarden` for it.";
    };
    configureNginx = mkOption {
      type = types.bool;
      default = false;
      description = "Whether nginx in this machine serves it at `domain`.";
    };
    backupDir = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/var/backup/vaultwarden";
      description = "A folder for a copy of the data, made each night: for the database sqlite.";
    };
    config = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str ]));
      default = {
        ROCKET_ADDRESS = "::1";
        ROCKET_PORT = 8222;
      };
      example = {
        DOMAIN = "https://vault.example.org";
        SIGNUPS_ALLOWED = false;
      };
      description =
        "Environment variables of the server, in capitals or as `signupsAllowed`. Everyone can read them in the store.";
    };
    environmentFile = mkOption {
      type = types.coercedTo lineTypes.machineFile lib.singleton (
        types.listOf lineTypes.machineFile
      );
      default = [ ];
      example = "/run/secrets/vaultwarden.env";
      description = "Files with further variables, such as ADMIN_TOKEN.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.backupDir == null || cfg.dbBackend == "sqlite";
        message =
          "services.vaultwarden.backupDir is for the database sqlite. Remove it, and use services.postgresqlBackup or mysqlBackup.";
      }
      {
        assertion = cfg.backupDir == null || !(lib.hasPrefix dataDir (toString cfg.backupDir));
        message =
          "services.vaultwarden.backupDir is below ${dataDir}, which is copied to it. Choose another folder.";
      }
      {
        assertion = !cfg.configureNginx || cfg.domain != null;
        message =
          "services.vaultwarden.configureNginx needs a domain. Set services.vaultwarden.domain.";
      }
      {
        assertion = !cfg.configurePostgres || cfg.dbBackend == "postgresql";
        message =
          "services.vaultwarden.configurePostgres needs the database postgresql. Set dbBackend = \"postgresql\".";
      }
    ];

    services.vaultwarden.config = lib.mkMerge [
      (mkIf (cfg.domain != null) { DOMAIN = lib.mkDefault "https://${cfg.domain}"; })
      (mkIf cfg.configurePostgres {
        DATABASE_URL = "postgresql:///vaultwarden?host=/run/postgresql";
      })
    ];
    services.postgresql = mkIf cfg.configurePostgres {
      enable = true;
      ensureDatabases = [ "vaultwarden" ];
      ensureUsers = [
        {
          name = "vaultwarden";
          ensureDBOwnership = true;
        }
      ];
    };

    users.users.vaultwarden = {
      isSystemUser = true;
      group = "vaultwarden";
    };
    users.groups.vaultwarden = { };

    systemd.services.vaultwarden = {
      description = "Vaultwarden Server";
      aliases = [ "bitwarden_rs.service" ];
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ] ++ lib.optional cfg.configurePostgres "postgresql.target";
      wants = [ "network-online.target" ];
      requires = lib.optional cfg.configurePostgres "postgresql.target";
      path = [ pkgs.openssl ];
      serviceConfig = hardening // {
        User = "vaultwarden";
        Group = "vaultwarden";
        EnvironmentFile = [ environmentFile ] ++ cfg.environmentFile;
        ExecStart = lib.getExe' cfg.package "vaultwarden";
        LimitNOFILE = "1048576";
        StateDirectory = place;
        StateDirectoryMode = "0700";
        Restart = "always";
        UMask = "0077";
        CapabilityBoundingSet = [ "" ];
        AmbientCapabilities = [ "" ];
        DevicePolicy = "closed";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        SystemCallFilter = [ "@system-service" "~@privileged" ];
      };
    };

    systemd.services.backup-vaultwarden = mkIf (cfg.backupDir != null) {
      description = "Backup of vaultwarden";
      aliases = [ "backup-bitwarden_rs.service" ];
      path = [ pkgs.sqlite ];
      script = ''
        from=${dataDir}
        to=${lib.escapeShellArg cfg.backupDir}
        umask 0077
        if [ -e "$from/db.sqlite3" ]; then
          sqlite3 "$from/db.sqlite3" ".backup '$to/db.sqlite3'"
        fi
        cp "$from"/rsa_key.* "$to"
        for folder in attachments sends icon_cache; do
          [ ! -d "$from/$folder" ] || cp -r "$from/$folder" "$to"
        done
        [ ! -e "$from/config.json" ] || cp "$from/config.json" "$to"
      '';
      serviceConfig = {
        Type = "oneshot";
        User = lib.mkDefault "vaultwarden";
        Group = lib.mkDefault "vaultwarden";
      };
    };
    systemd.timers.backup-vaultwarden = mkIf (cfg.backupDir != null) {
      aliases = [ "backup-bitwarden_rs.timer" ];
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = lib.mkDefault "23:00";
        Persistent = "true";
        Unit = "backup-vaultwarden.service";
      };
    };
    systemd.tmpfiles.settings.vaultwarden = mkIf (cfg.backupDir != null) {
      ${toString cfg.backupDir}.d = {
        mode = "0770";
        user = "vaultwarden";
        group = "vaultwarden";
      };
    };
  };
}
