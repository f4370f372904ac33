# What Gitea and Forgejo have in common, as a module: options, app.ini, the service, the database and dumps.
{
  # The service's name, and how people write it.
  name,
  label,
  # What the names of its environment variables begin with.
  variable,
  package ? name,
  # Files with values of settings, by section and name.
  secrets,
  # The setting for the option appName, if there is one.
  title ? null,
  # Further lines of app.ini.
  extraConfig ? null,
}:

{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkIf optionalString;
  cfg = config.services.${name};
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  exe = lib.getExe' cfg.package name;
  database = cfg.database;
  isPostgresql = database.type == "postgres";
  isMysql = database.type == "mysql";
  folder = "${cfg.customDir}/conf";

  # Made once for the machine: the kind that the program knows, the file, and the setting.
  made =
    [
      {
        kind = "SECRET_KEY";
        file = "secret_key";
        section = "security";
        key = "SECRET_KEY";
      }
      {
        kind = "INTERNAL_TOKEN";
        file = "internal_token";
        section = "security";
        key = "INTERNAL_TOKEN";
      }
      {
        kind = "JWT_SECRET";
        file = "oauth2_jwt_secret";
        section = "oauth2";
        key = "JWT_SECRET";
      }
    ]
    ++ lib.optional cfg.lfs.enable {
      kind = "LFS_JWT_SECRET";
      file = "lfs_jwt_secret";
      section = "server";
      key = "LFS_JWT_SECRET";
    };

  given = lib.concatLists (
    lib.mapAttrsToList
      (
        section: set:
        lib.mapAttrsToList (key: file: { inherit section key file; }) (
          lib.filterAttrs (_: f: f != null) set
        )
      )
      (lib.recursiveUpdate
        (lib.optionalAttrs (database.passwordFile != null) {
          database.PASSWD = database.passwordFile;
        })
        secrets
      )
  );
  # Neither the store nor a setting of the user's has such a word.
  placeholder = { section, key, ... }: "#${section}.${key}#";
  settings = lib.recursiveUpdate cfg.settings (
    lib.foldl' lib.recursiveUpdate { } (
      map (s: { ${s.section}.${s.key} = placeholder s; }) (made ++ given)
    )
  );

  at = section: key: {
    option =
      "services.${name}.settings.${lib.strings.escapeNixIdentifier section}.${lib.strings.escapeNixIdentifier key}";
    file = "app.ini";
  };
  line =
    section: key: value:
    "${
      text.restrict "[^=[:cntrl:]]+" "`=' or line breaks in a setting's name" (at section key) key
    } = ${text.line (at section key) (if lib.isBool value then lib.boolToString value else toString value)}\n";
  lines =
    section: set:
    lib.concatStrings (lib.mapAttrsToList (line section) (lib.filterAttrs (_: v: v != null) set));
  section =
    title: set:
    "\n[${text.restrict "[^][:cntrl:]]+" "`]' or line breaks in a section's name" (at title "*") title}]\n${lines title set}";
  written = pkgs.writeText "app.ini" (
    optionalString (title != null) (line "DEFAULT" title cfg.appName)
    + lines "DEFAULT" ({
      RUN_USER = cfg.user;
      RUN_MODE = "prod";
      WORK_PATH = cfg.stateDir;
    } // settings.DEFAULT or { })
    + lib.concatStrings (lib.mapAttrsToList section (removeAttrs settings [ "DEFAULT" ]))
    + optionalString (extraConfig != null) "\n${extraConfig}\n"
  );

  credential = s: "${s.section}.${s.key}";
  fill = s: file: "fill ${lib.escapeShellArg (placeholder s)} ${file}\n";
  configure = ''
    make() {
      [ -s "$2" ] || ${exe} generate secret "$1" > "$2"
    }
    fill() {
      value=$(cat "$2")
      text=''${text//"$1"/"$value"}
    }
    umask 0077
    text=$(cat ${written})
    ${
      lib.concatMapStrings (s: ''
        make ${s.kind} ${lib.escapeShellArg "${folder}/${s.file}"}
        ${fill s (lib.escapeShellArg "${folder}/${s.file}")}'') made
    }
    ${lib.concatMapStrings (s: fill s "\"$CREDENTIALS_DIRECTORY\"/${lib.escapeShellArg (credential s)}") given}
    # The program may write to it.
    rm -f ${lib.escapeShellArg "${folder}/app.ini"}
    printf '%s\n' "$text" > ${lib.escapeShellArg "${folder}/app.ini"}
  '';

  environment = {
    USER = cfg.user;
    HOME = cfg.stateDir;
    "${variable}_WORK_DIR" = cfg.stateDir;
    "${variable}_CUSTOM" = cfg.customDir;
  };
  after = lib.optional database.createDatabase (
    if isPostgresql then "postgresql.target" else "mysql.service"
  );
  needs = lib.optionals (isPostgresql || isMysql) after;
in
{
  imports = [ (import ./options.nix { inherit name label package; }) ];

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion =
          !database.createDatabase || !(isPostgresql || isMysql) || database.user == cfg.user;
        message =
          "services.${name}.database.user is not `${cfg.user}', who connects without a password. "
          + "Make them the same, or set createDatabase = false.";
      }
      {
        assertion = !database.createDatabase || !isPostgresql || database.user == database.name;
        message =
          "services.${name}.database has another name than its user, who is to own it. Make them the same, or set createDatabase = false.";
      }
    ];

    services.${name}.settings = {
      "cron.update_checker".ENABLED = lib.mkDefault false;
      repository.ROOT = cfg.repositoryRoot;
      security.INSTALL_LOCK = !cfg.useWizard;
      # Those of the other databases mean nothing.
      database = {
        DB_TYPE = database.type;
        HOST =
          if database.socket != null then
            database.socket
          else
            "${database.host}:${toString database.port}";
        NAME = database.name;
        USER = database.user;
        PATH = database.path;
        SSL_MODE = mkIf isPostgresql "disable";
      };
      lfs = mkIf cfg.lfs.enable { PATH = cfg.lfs.contentDir; };
      server = mkIf cfg.lfs.enable { LFS_START_SERVER = true; };
    };

    services.postgresql = mkIf (isPostgresql && database.createDatabase) {
      enable = true;
      ensureDatabases = [ database.name ];
      ensureUsers = [
        {
          name = database.user;
          ensureDBOwnership = true;
        }
      ];
    };
    services.mysql = mkIf (isMysql && database.createDatabase) {
      enable = true;
      ensureDatabases = [ database.name ];
      ensureUsers = [
        {
          name = database.user;
          ensurePermissions."${database.name}.*" = "ALL PRIVILEGES";
        }
      ];
    };

    users = import ../../../../lib/service-account.nix { inherit lib; } name {
      inherit (cfg) user group;
      description = "${label} Service";
      home = cfg.stateDir;
      useDefaultShell = true;
    };

    systemd.tmpfiles.settings.${name} =
      lib.genAttrs
        ([
          cfg.stateDir
          cfg.customDir
          folder
          "${cfg.stateDir}/data"
          "${cfg.stateDir}/log"
          "${cfg.stateDir}/.ssh"
          cfg.repositoryRoot
        ] ++ lib.optional cfg.lfs.enable cfg.lfs.contentDir)
        (_: {
          d = {
            mode = "0750";
            inherit (cfg) user group;
          };
        })
      // lib.optionalAttrs cfg.dump.enable {
        ${cfg.dump.backupDir}.d = {
          mode = "0750";
          inherit (cfg) user group;
          age = cfg.dump.age or "-";
        };
      };

    systemd.services.${name} = {
      description = label;
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ needs;
      requires = needs;
      path = [ cfg.package pkgs.git pkgs.gnupg ];
      inherit environment;
      preStart =
        optionalString (!cfg.useWizard) ''
          ( ${configure} )
          ${exe} migrate
        ''
        + ''
          # The paths in them change with the package.
          ${exe} admin regenerate hooks || true
          [ ! -e ${lib.escapeShellArg "${cfg.stateDir}/.ssh/authorized_keys"} ] || ${exe} admin regenerate keys
        '';
      serviceConfig = hardening // {
        Type = "simple";
        User = cfg.user;
        Group = cfg.group;
        WorkingDirectory = cfg.stateDir;
        ExecStart = "${exe} web --pid /run/${name}/${name}.pid";
        Restart = "always";
        RuntimeDirectory = name;
        RuntimeDirectoryMode = "0755";
        LoadCredential = map (s: "${credential s}:${s.file}") given;
        UMask = "0027";
        CapabilityBoundingSet = "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        ReadWritePaths =
          [
            cfg.customDir
            cfg.repositoryRoot
            cfg.stateDir
          ]
          ++ lib.optional cfg.dump.enable cfg.dump.backupDir
          ++ lib.optional cfg.lfs.enable cfg.lfs.contentDir;
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
        SystemCallFilter = [
          "~@cpu-emulation @debug @keyring @mount @obsolete @privileged @setuid"
        ];
      };
    };

    systemd.services."${name}-dump" = mkIf cfg.dump.enable {
      description = "${label} dump";
      after = [ "${name}.service" ];
      path = [ cfg.package ];
      inherit environment;
      serviceConfig = {
        Type = "oneshot";
        User = cfg.user;
        ExecStart = "${exe} dump --type ${
          cfg.dump.type
        }${optionalString (cfg.dump.file != null) " --file ${utils.escapeSystemdExecArg cfg.dump.file}"}";
        WorkingDirectory = cfg.dump.backupDir;
      };
    };
    systemd.timers."${name}-dump" = mkIf cfg.dump.enable {
      description = "${label} dump";
      wantedBy = [ "timers.target" ];
      partOf = [ "${name}-dump.service" ];
      timerConfig.OnCalendar = cfg.dump.interval;
    };
  };
}
