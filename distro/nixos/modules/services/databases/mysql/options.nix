# The options of services.mysql.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/line-types.nix { inherit lib; }) secretLine;
  cfg = config.services.mysql;

  text =
    description: more:
    mkOption ({
      type = types.singleLineStr;
      inherit description;
    } // more);
  # The name of a database is one of a folder, too.
  databaseName = types.strMatching "[^/[:cntrl:]]*[^/.[:cntrl:]][^/[:cntrl:]]*" // {
    description = "name of a database";
  };
  # A part of a statement.
  part = types.strMatching "[^;[:cntrl:]]+" // {
    description = "text without `;' and line breaks";
  };

  initialDatabase.options = {
    name = mkOption {
      type = databaseName;
      description = "The database's name.";
    };
    schema = mkOption {
      type = types.nullOr types.path;
      default = null;
      description =
        "A file of SQL that is read into it, or a folder with such files in `mysql-databases`.";
    };
  };
  user.options = {
    name =
      text
        "The account's name: the system's user of that name connects as it, without a password."
        { };
    ensurePermissions = mkOption {
      type = types.addCheck (types.attrsOf part) (set: lib.all part.check (lib.attrNames set));
      default = { };
      example = { "nextcloud.*" = "ALL PRIVILEGES"; };
      description = "Rights by what they are for: a database and a table, as in GRANT.";
    };
  };
in
{
  options.services.mysql = {
    enable = lib.mkEnableOption "the MySQL server, which is MariaDB";
    package = mkOption {
      type = types.package;
      default = pkgs.mariadb;
      defaultText = lib.literalExpression "pkgs.mariadb";
      description = "The package of the server.";
    };
    user = text "The user that the server runs as." { default = "mysql"; };
    group = text "The group that the server runs as." { default = "mysql"; };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/mysql";
      description =
        "The folder of the data. The default is made; another one must exist, and be owned by `user`.";
    };
    configFile = mkOption {
      type = types.path;
      defaultText = "a file with `settings`";
      description = "The file that is /etc/my.cnf.";
    };
    settings = mkOption {
      type = (pkgs.formats.ini { listsAsDuplicateKeys = true; }).type;
      default = { };
      example = {
        mysqld.max_connections = 300;
        mysqldump.quick = true;
      };
      description = "Settings by section. An option without a value is one that is `true`.";
    };
    initialDatabases = mkOption {
      type = types.listOf (types.submodule initialDatabase);
      default = [ ];
      description = "Databases that are made when the server starts for the first time.";
    };
    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/secrets/init.sql";
      description = "A file of SQL that is run when the server starts for the first time.";
    };
    ensureDatabases = mkOption {
      type = types.listOf databaseName;
      default = [ ];
      example = [ "nextcloud" ];
      description = "Databases that are made if they do not exist. None is ever removed.";
    };
    ensureUsers = mkOption {
      type = types.listOf (types.submodule user);
      default = [ ];
      example = [
        {
          name = "nextcloud";
          ensurePermissions."nextcloud.*" = "ALL PRIVILEGES";
        }
      ];
      description =
        "Accounts that are made if they do not exist, and their rights. None is ever removed.";
    };
    replication = {
      role = mkOption {
        type = types.enum [ "master" "slave" "none" ];
        default = "none";
        description = "Whether the server is copied (`master`), or a copy (`slave`).";
      };
      serverId = mkOption {
        type = types.int;
        default = 1;
        description = "A number that no other of the servers has.";
      };
      masterHost = text "The server that is copied." { default = ""; };
      slaveHost = text "The machine of the copy." { default = ""; };
      masterUser = text "The account that the copy uses." { default = ""; };
      masterPassword = text "Its password. Everyone can read it in the store." {
        type = secretLine;
        default = "";
      };
      masterPort = mkOption {
        type = types.port;
        default = 3306;
        description = "The port of the server that is copied.";
      };
    };
    galeraCluster = {
      enable = lib.mkEnableOption "a cluster of servers by Galera";
      package = mkOption {
        type = types.package;
        default = pkgs.debianPackages.galera-4;
        defaultText = lib.literalExpression "pkgs.debianPackages.galera-4";
        description = "The package with libgalera_smm.so.";
      };
      name = text "The cluster's name." { default = "galera"; };
      sstMethod = mkOption {
        type = types.enum [ "rsync" "mariabackup" ];
        default = "rsync";
        description = "How a new node gets the data.";
      };
      localName = text "This node's name." { default = config.networking.hostName; };
      localAddress = text "This node's address." {
        default = cfg.galeraCluster.localName;
        defaultText = lib.literalExpression "config.services.mysql.galeraCluster.localName";
      };
      nodeAddresses = mkOption {
        type = types.listOf types.singleLineStr;
        default = [ ];
        example = [ "10.0.0.10" "10.0.0.20" ];
        description = "The addresses of all nodes.";
      };
      clusterPassword = text "A password of the cluster. Everyone can read it in the store." {
        type = secretLine;
        default = "";
      };
      clusterAddress = text "The address of the cluster, in place of what `nodeAddresses` make." {
        default = "";
      };
    };
  };
}
