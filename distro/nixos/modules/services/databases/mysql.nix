# MariaDB, under NixOS's name mysql: the server, and the databases and accounts that the configuration wants in it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf optionalString;
  cfg = config.services.mysql;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  # Debian has MariaDB by the names of MySQL, too.
  isMariaDB = lib.hasPrefix "mariadb" (
    lib.head (cfg.package.debianPackages or [ (lib.getName cfg.package) ])
  );
  isDebian = utils.isDebianPackage cfg.package;

  # Debian's programs find their files below /usr.
  base = if isDebian then "/usr" else "${cfg.package}";
  program = name: other: "${base}/bin/${if isMariaDB then name else other}";
  server = "${base}/${if isDebian then "sbin" else "bin"}/${if isMariaDB then "mariadbd" else "mysqld"}";
  places = "--datadir=${cfg.dataDir} --basedir=${base}";
  dataDir = lib.escapeShellArg cfg.dataDir;

  format = pkgs.formats.ini {
    listsAsDuplicateKeys = true;
    option = path: lib.showOption ([ "services" "mysql" "settings" ] ++ path);
  };
  written = format.generate "my.cnf" cfg.settings;
  # The file, if the server knows all that it says. Without plugins it cannot know their settings.
  plugins = lib.any (lib.hasInfix "plugin") (lib.attrNames (cfg.settings.mysqld or { }));
  checked =
    if !isMariaDB || plugins then
      written
    else
      checkedFile {
        name = "my.cnf";
        source = written;
        packages = [ cfg.package ];
        option = "services.mysql.settings";
        # Its exit status says nothing of the file.
        check = ''
          ${server} --defaults-file="$file" --help --verbose > words 2>&1 || true
          ! grep -E 'unknown (variable|option)|Unknown suffix|Error while setting value|Found option without preceding group' words
        '';
      };

  sql = import ./mysql/setup.nix { inherit lib isMariaDB; };

  # The account that may do everything. It is the system's user's, who needs no password.
  superUser = if isMariaDB then cfg.user else "root";
  client =
    user:
    "${program "mariadb" "mysql"} -u ${lib.escapeShellArg user} -N${optionalString isMariaDB " --skip-ssl"}";

  initialise =
    if isMariaDB then
      "${
        program "mariadb-install-db" "mysql_install_db"
      } --defaults-file=/etc/my.cnf ${places} --user=${lib.escapeShellArg cfg.user} --skip-test-db > /dev/null"
    else
      "${server} --defaults-file=/etc/my.cnf ${places} --initialize-insecure";

  initialDatabase = database: ''
    if [ ! -e ${dataDir}/${lib.escapeShellArg database.name} ]; then
      {
        cat ${pkgs.writeText "database.sql" (sql.initialDatabase database)}
        ${
          optionalString (database.schema != null) ''
            schema=${lib.escapeShellArg "${database.schema}"}
            if [ -d "$schema" ]; then cat "$schema"/mysql-databases/*.sql; else cat "$schema"; fi
          ''
        }
      } | ${client superUser}
    fi
  '';
in
{
  imports = [
    ./mysql/options.nix
    (lib.mkRemovedOptionModule [ "services" "mysql" "pidDir" ] "systemd knows the process.")
    (lib.mkRemovedOptionModule
      [
        "services"
        "mysql"
        "rootPassword"
      ]
      "The system's users connect without one. Use services.mysql.initialScript for others."
    )
    (lib.mkRemovedOptionModule [
      "services"
      "mysql"
      "extraOptions"
    ] "Use services.mysql.settings.mysqld.")
    (lib.mkRemovedOptionModule [
      "services"
      "mysql"
      "bind"
    ] "Use services.mysql.settings.mysqld.bind-address.")
    (lib.mkRemovedOptionModule [
      "services"
      "mysql"
      "port"
    ] "Use services.mysql.settings.mysqld.port.")
  ];

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !cfg.galeraCluster.enable || isMariaDB;
        message =
          "services.mysql.galeraCluster needs MariaDB. Set services.mysql.package = pkgs.mariadb.";
      }
      {
        assertion =
          !cfg.galeraCluster.enable
          || cfg.galeraCluster.nodeAddresses != [ ]
          || cfg.galeraCluster.clusterAddress != "";
        message = "services.mysql.galeraCluster has no nodes. Set nodeAddresses.";
      }
      {
        assertion =
          cfg.galeraCluster.clusterPassword == "" || cfg.galeraCluster.clusterAddress == "";
        message =
          "services.mysql.galeraCluster has a clusterPassword and a clusterAddress, in which the password would be. Remove one.";
      }
    ];

    # What the other role has.
    warnings =
      map
        (
          name:
          "services.mysql.replication.${name} has no effect: the role is `${cfg.replication.role}'. Remove the setting."
        )
        (
          lib.optional
            (cfg.replication.slaveHost != "" && cfg.replication.role != "master")
            "slaveHost"
          ++ lib.optional
            (cfg.replication.masterHost != "" && cfg.replication.role != "slave")
            "masterHost"
        );

    services.mysql.settings = import ./mysql/settings.nix { inherit cfg isMariaDB lib; };
    services.mysql.configFile = lib.mkDefault checked;

    users.users.mysql = mkIf (cfg.user == "mysql") {
      description = "MySQL server user";
      uid = config.ids.uids.mysql;
      isSystemUser = true;
      inherit (cfg) group;
    };
    users.groups.mysql = mkIf (cfg.group == "mysql") { gid = config.ids.gids.mysql; };

    environment.systemPackages = [ cfg.package ];
    environment.etc."my.cnf".source = cfg.configFile;
    # The same server under Debian's name.
    systemd.suppressedSystemUnits = mkIf isDebian [ "mariadb.service" ];

    systemd.services.mysql = {
      description = "MySQL Server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      unitConfig.RequiresMountsFor = cfg.dataDir;
      restartTriggers = [ cfg.configFile ];
      preStart = ''
        if [ ! -e ${dataDir}/mysql ]; then
          ${initialise}
          touch ${dataDir}/mysql_init
        fi
      '';
      postStart =
        ''
          ${
            optionalString (!isMariaDB) ''
              until ${program "mariadb-admin" "mysqladmin"} -u root ping > /dev/null 2>&1; do sleep 1; done
            ''
          }
          if [ -e ${dataDir}/mysql_init ]; then
            ${optionalString (!isMariaDB) "${client "root"} < ${pkgs.writeText "first.sql" (sql.first cfg)}"}
            ${lib.concatMapStrings initialDatabase cfg.initialDatabases}
            ${
              optionalString
                (cfg.replication.role != "none")
                "${client superUser} < ${pkgs.writeText "replication.sql" (sql.replication cfg.replication)}"
            }
            ${optionalString (cfg.initialScript != null) "${client superUser} < ${lib.escapeShellArg "${cfg.initialScript}"}"}
            rm ${dataDir}/mysql_init
          ${
            # The tables of another version.
            optionalString
              isMariaDB
              ''
                elif ${program "mariadb-upgrade" "mysql_upgrade"} --check-if-upgrade-is-needed --silent > /dev/null 2>&1; then
                  ${program "mariadb-upgrade" "mysql_upgrade"} --silent
              ''
          }fi
        ''
        + optionalString (cfg.ensureDatabases != [ ] || cfg.ensureUsers != [ ]) ''
          ${client superUser} < ${pkgs.writeText "mysql-setup.sql" (sql.ensured cfg)}
        '';
      path =
        [ cfg.package ]
        ++ lib.optionals cfg.galeraCluster.enable ([
          pkgs.gawk
          pkgs.iproute2
          pkgs.socat
          pkgs.lsof
        ] ++ lib.optional (cfg.galeraCluster.sstMethod == "rsync") pkgs.rsync);
      serviceConfig =
        {
          Type = if isMariaDB then "notify" else "simple";
          ExecStart =
            "${server} --defaults-file=/etc/my.cnf ${places} $_WSREP_NEW_CLUSTER $_WSREP_START_POSITION";
          User = cfg.user;
          Group = cfg.group;
          RuntimeDirectory = "mysqld";
          Restart = "on-abort";
          RestartSec = "5s";
          # A large cluster may need long to recover.
          TimeoutSec = 900;
          AmbientCapabilities = [ "CAP_IPC_LOCK" ];
          CapabilityBoundingSet = [ "CAP_IPC_LOCK" ];
          LimitMEMLOCK = "infinity";
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = false;
          PrivateMounts = true;
          PrivateTmp = true;
          ProtectControlGroups = true;
          ProtectHome = true;
          ProtectHostname = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectSystem = "strict";
          ReadWritePaths = [ cfg.dataDir ];
          RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
        }
        // lib.optionalAttrs (cfg.dataDir == "/var/lib/mysql") {
          StateDirectory = "mysql";
          StateDirectoryMode = "0700";
        };
    };
  };
}
