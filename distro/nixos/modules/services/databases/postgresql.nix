# PostgreSQL: the server over a cluster of its own, and the databases and roles that the configuration wants in it. Debian's scripts
# for clusters (postgresql-common) have no part in it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkIf optionalString;
  cfg = config.services.postgresql;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ./postgresql/setup.nix { inherit lib; }) setup;

  package = cfg.finalPackage;
  schema = cfg.package.psqlSchema;
  # Where the programs are in the machine, and while building.
  programs = package.programs or "${package}";
  # Debian has these outside of PATH, for servers of several versions.
  serverPrograms = pkgs.linkFarm "postgresql-programs" (
    lib.genAttrs' serverProgramNames (
      name: lib.nameValuePair "bin/${name}" "${programs}/bin/${name}"
    )
  );
  serverProgramNames = [
    "initdb"
    "oid2name"
    "pg_checksums"
    "pg_controldata"
    "pg_ctl"
    "pg_resetwal"
    "pg_rewind"
    "pg_test_fsync"
    "pg_test_timing"
    "pg_upgrade"
    "pg_waldump"
    "postgres"
  ];
  ownPlace = "/var/lib/postgresql/${schema}";
  dataDir = lib.escapeShellArg cfg.dataDir;

  line =
    name: value:
    let
      at = {
        option = "services.postgresql.settings.${lib.strings.escapeNixIdentifier name}";
        file = "postgresql.conf";
      };
      parameter =
        text.restrict
          "[a-zA-Z_][a-zA-Z0-9_.]*"
          "anything but letters, digits, `_' and `.' in a parameter's name"
          at
          name;
      written =
        if lib.isBool value then
          lib.boolToYesNo value
        else if lib.isString value then
          "'${lib.replaceStrings [ "'" ] [ "''" ] (text.line at value)}'"
        else
          toString value;
    in
    "${parameter} = ${written}\n";
  settings = lib.concatStrings (
    lib.mapAttrsToList line (lib.filterAttrs (_: v: v != null) cfg.settings)
  );

  configuration =
    if !cfg.checkConfig then
      pkgs.writeText "postgresql.conf" settings
    else
      checkedFile {
        name = "postgresql.conf";
        text = settings;
        packages = [ package ];
        option = "services.postgresql.settings";
        check = ''
          mkdir folder
          cp "$file" folder/postgresql.conf
          ${programs}/bin/postgres -D folder -C config_file
        '';
      };

  jit = toString cfg.settings.jit;
  allowsWritableCode = cfg.enableJIT || !(lib.elem jit [ "off" "" ]);

  # A cluster that another major version made is never touched, and an empty one never takes its place unasked.
  makeCluster = ''
    refuse() {
      echo "$1 has the data of PostgreSQL $2, and this system has PostgreSQL ${schema}, which cannot read them." >&2
      echo "Start the previous system again and write what is in them to a file: sudo -u postgres pg_dumpall > FILE." >&2
      echo "Move $1 away, start this system, and read the file: sudo -u postgres psql -f FILE postgres." >&2
      exit 1
    }
    if [ -e ${dataDir}/PG_VERSION ]; then
      found=$(head -n 1 ${dataDir}/PG_VERSION)
      [ "$found" = ${lib.escapeShellArg schema} ] || refuse ${dataDir} "$found"
    else
      ${
        optionalString (cfg.dataDir == ownPlace) ''
          for other in /var/lib/postgresql/*/PG_VERSION; do
            [ ! -e "$other" ] || refuse "''${other%/PG_VERSION}" "$(head -n 1 "$other")"
          done
        ''
      }
      # In a folder of its own until it is whole, as a machine may lose its power meanwhile.
      if [ -e ${dataDir}/.new ]; then
        find ${dataDir} -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
      fi
      rm -f ${dataDir}/*.conf
      initdb -D ${dataDir}/.new -U ${cfg.superUser} --no-instructions ${lib.escapeShellArgs cfg.initdbArgs}
      find ${dataDir}/.new -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t ${dataDir} {} +
      # postgresql-setup.service removes it.
      touch ${dataDir}/.first_startup
      mv ${dataDir}/.new/PG_VERSION ${dataDir}/PG_VERSION
      rmdir ${dataDir}/.new
    fi
    ln -sfn ${configuration} ${dataDir}/postgresql.conf
  '';
in
{
  imports = [
    ./postgresql/options.nix
    (lib.mkRemovedOptionModule [
      "services"
      "postgresql"
      "extraConfig"
    ] "Use services.postgresql.settings.")
    (lib.mkRemovedOptionModule [
      "services"
      "postgresql"
      "recoveryConfig"
    ] "PostgreSQL has had no recovery.conf since version 12.")
    (lib.mkRenamedOptionModule
      [ "services" "postgresql" "logLinePrefix" ]
      [ "services" "postgresql" "settings" "log_line_prefix" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "postgresql" "port" ]
      [ "services" "postgresql" "settings" "port" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "postgresql" "extraPlugins" ]
      [ "services" "postgresql" "extensions" ]
    )
  ];

  config = mkIf cfg.enable {
    assertions = map (user: {
      assertion = user.ensureDBOwnership -> lib.elem user.name cfg.ensureDatabases;
      message =
        "services.postgresql.ensureUsers: `${user.name}' has ensureDBOwnership, and there is no database of that name. Add it to "
        + "services.postgresql.ensureDatabases, or remove the setting.";
    }) cfg.ensureUsers;

    services.postgresql = {
      settings = {
        hba_file = "${pkgs.writeText "pg_hba.conf" cfg.authentication}";
        ident_file = "${pkgs.writeText "pg_ident.conf" cfg.identMap}";
        log_destination = "stderr";
        listen_addresses = if cfg.enableTCPIP then "*" else "localhost";
        jit = lib.mkDefault (if cfg.enableJIT then "on" else "off");
      };
      authentication = lib.mkMerge [
        (lib.mkBefore "# Made from services.postgresql.authentication.")
        (lib.mkAfter ''
          local all postgres         peer map=postgres
          local all all              peer
          host  all all 127.0.0.1/32 md5
          host  all all ::1/128      md5
        '')
      ];
      # Once a map is named, the user of the same name must be in it.
      identMap = lib.mkAfter "postgres postgres postgres\n";
      systemCallFilter = lib.mapAttrs (_: lib.mkDefault) {
        "@system-service" = true;
        "~@privileged" = true;
        "~@resources" = true;
      };
    };

    users.users.postgres = {
      uid = config.ids.uids.postgres;
      group = "postgres";
      description = "PostgreSQL server user";
      home = cfg.dataDir;
      isSystemUser = true;
      useDefaultShell = true;
    };
    users.groups.postgres.gid = config.ids.gids.postgres;

    environment.systemPackages = [ package ] ++ lib.optional (package ? programs) serverPrograms;
    # It makes units for Debian's own clusters.
    systemd.generators.postgresql-generator = mkIf (utils.isDebianPackage package) "/dev/null";

    systemd.targets.postgresql = {
      description = "PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      requires = [ "postgresql.service" "postgresql-setup.service" ];
    };

    systemd.services.postgresql = {
      description = "PostgreSQL Server";
      after = [ "network.target" ];
      # So that a start of the service is one of the target, and a stop of the target one of the service.
      wants = [ "postgresql.target" ];
      partOf = [ "postgresql.target" ];
      environment.PGDATA = cfg.dataDir;
      path = [ programs ];
      preStart = makeCluster;
      unitConfig.RequiresMountsFor = cfg.dataDir;
      # Five starts that all run into their time limit, within which a slow machine makes a cluster.
      startLimitBurst = 5;
      startLimitIntervalSec = 5 * 600 + 5;
      serviceConfig =
        hardening
        // {
          ExecStart = "${programs}/bin/postgres";
          ExecReload = "/usr/bin/kill -HUP $MAINPID";
          Type = "notify";
          User = "postgres";
          Group = "postgres";
          RuntimeDirectory = "postgresql";
          # The fast shutdown: clients are disconnected.
          KillSignal = "SIGINT";
          KillMode = "mixed";
          TimeoutSec = 600;
          Restart = "always";
          UMask = "0027";

          CapabilityBoundingSet = [ "" ];
          DevicePolicy = "closed";
          MemoryDenyWriteExecute = lib.mkDefault (!allowsWritableCode);
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateMounts = true;
          PrivateTmp = true;
          ProcSubset = "pid";
          ProtectHome = true;
          ProtectProc = "invisible";
          ProtectSystem = "strict";
          RemoveIPC = true;
          RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" "AF_UNIX" ];
          SystemCallFilter = map (call: call.name) (
            lib.sort (a: b: a.priority < b.priority) (
              builtins.filter (call: call.enable) (
                lib.mapAttrsToList (name: call: call // { inherit name; }) cfg.systemCallFilter
              )
            )
          );
        }
        // (
          if cfg.dataDir == ownPlace then
            {
              StateDirectory = "postgresql postgresql/${schema}";
              StateDirectoryMode = "0750";
            }
          else
            { ReadWritePaths = [ cfg.dataDir ]; }
        );
    };

    systemd.services.postgresql-setup = {
      description = "PostgreSQL Setup Scripts";
      requires = [ "postgresql.service" ];
      after = [ "postgresql.service" ];
      serviceConfig = {
        User = "postgres";
        Group = "postgres";
        Type = "oneshot";
        RemainAfterExit = true;
      };
      path = [ programs ];
      environment.PGPORT = toString cfg.settings.port;
      script =
        ''
          # A copy of another server takes no changes.
          until [ "$(psql -d postgres -tAc 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; do
            systemctl is-active --quiet postgresql.service || exit 1
            sleep 0.5
          done
          if [ -e ${dataDir}/.first_startup ]; then
            ${optionalString (cfg.initialScript != null) "psql -d postgres -f ${lib.escapeShellArg "${cfg.initialScript}"}"}
            rm -f ${dataDir}/.first_startup
          fi
        ''
        + optionalString (cfg.ensureDatabases != [ ] || cfg.ensureUsers != [ ]) ''
          psql -d postgres -q -v ON_ERROR_STOP=1 -f ${pkgs.writeText "postgresql-setup.sql" (setup cfg)}
        '';
    };
  };
}
