# The options of services.postgresql.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/set-types.nix { inherit lib; }) checkedListOf;
  cfg = config.services.postgresql;

  names =
    what:
    types.strMatching "[^[:cntrl:]]+"
    // {
      description = "name of a ${what}";
    };

  clauses = {
    superuser = "may do everything";
    createrole = "may make other roles";
    createdb = "may make databases";
    "inherit" = "has the rights of the roles that it is a member of";
    login = "may connect";
    replication = "may copy the whole cluster";
    bypassrls = "sees rows whatever the policies of their tables are";
  };

  user = {
    options = {
      name = mkOption {
        type = names "role";
        description =
          "The role's name. By default the system's user of the same name connects as it, without a password.";
      };
      ensureDBOwnership = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether the database of the same name is owned by the role. It must be in `ensureDatabases`.";
      };
      ensureClauses = lib.mapAttrs (
        name: what:
        mkOption {
          type = types.nullOr types.bool;
          default = null;
          description =
            "Whether the role ${what}. null leaves it as it is, and PostgreSQL's default for a new role.";
        }
      ) clauses;
    };
  };

  systemCall =
    { name, ... }:
    {
      options = {
        enable = lib.mkEnableOption "`${name}` in the filter of system calls";
        priority = mkOption {
          type = types.int;
          default =
            if lib.hasPrefix "@" name then 500 else if lib.hasPrefix "~@" name then 1000 else 1500;
          description =
            "The place among the others: what has a higher number comes later, and counts.";
        };
      };
    };
in
{
  options.services.postgresql = {
    enable = lib.mkEnableOption "PostgreSQL";
    enableJIT = lib.mkEnableOption "compilation of queries by LLVM";
    package = mkOption {
      type = types.package;
      default = pkgs.postgresql;
      defaultText = lib.literalExpression "pkgs.postgresql";
      example = lib.literalExpression "pkgs.postgresql_17";
      description =
        "The package of PostgreSQL. By default the version that the suite of Debian has, whatever `system.stateVersion` is.";
    };
    finalPackage = mkOption {
      type = types.package;
      readOnly = true;
      default =
        let
          jit = if cfg.enableJIT then cfg.package.withJIT else cfg.package.withoutJIT;
        in
        if !(cfg.package ? withPackages) then
          cfg.package
        else if cfg.extensions cfg.package.pkgs == [ ] then
          jit
        else
          jit.withPackages cfg.extensions;
      defaultText = lib.literalExpression "package.withPackages extensions";
      description = "The package with its extensions.";
    };
    extensions = mkOption {
      type = types.coercedTo (types.listOf types.path) (list: _: list) (
        types.functionTo (types.listOf types.path)
      );
      default = _: [ ];
      defaultText = lib.literalExpression "_: [ ]";
      example = lib.literalExpression "ps: with ps; [ postgis pgvector ]";
      description = "Packages with extensions, from `package.pkgs`.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether postgresql.conf is checked while the system is built.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/postgresql/${cfg.package.psqlSchema}";
      defaultText = lib.literalExpression ''"/var/lib/postgresql/''${package.psqlSchema}"'';
      example = "/data/postgresql";
      description =
        "The folder of the cluster. The default is made; another one must exist, and be owned by `postgres`.";
    };
    authentication = mkOption {
      type = types.lines;
      default = "";
      example = "host all all 10.0.0.0/8 scram-sha-256";
      description =
        "Lines of pg_hba.conf, before those that let the system's users connect as the roles of the same names, and others from "
        + "this machine by password. `lib.mkForce` leaves those out.";
    };
    identMap = mkOption {
      type = types.lines;
      default = "";
      example = "postgres root postgres";
      description =
        "Lines of pg_ident.conf: a map, a user of the system, and a role. The map `postgres` is for that role.";
    };
    initdbArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--data-checksums" "--locale=C" ];
      description = "Further arguments of initdb, which makes the cluster.";
    };
    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/secrets/init.sql";
      description = "A file of SQL that is run once, when the cluster has been made.";
    };
    ensureDatabases = mkOption {
      type = types.listOf (names "database");
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
          ensureDBOwnership = true;
        }
      ];
      description = "Roles that are made if they do not exist. None is ever removed.";
    };
    enableTCPIP = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other machines can connect. The firewall must have the port as well.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.oneOf [ types.bool types.float types.int types.str ]);
        options = {
          shared_preload_libraries = mkOption {
            type = types.nullOr (
              types.coercedTo (checkedListOf types.str) (lib.concatStringsSep ",") types.commas
            );
            default = null;
            example = [ "pg_stat_statements" ];
            description = "Libraries that are loaded when the server starts.";
          };
          log_line_prefix = mkOption {
            type = types.str;
            default = "[%p] ";
            description = "What each line of the log begins with. The journal has the time.";
          };
          port = mkOption {
            type = types.port;
            default = 5432;
            description = "The port.";
          };
        };
      };
      default = { };
      example = {
        max_connections = 200;
        log_statement = "all";
      };
      description = "Parameters of postgresql.conf.";
    };
    systemCallFilter = mkOption {
      type = types.attrsOf (
        types.coercedTo types.bool (enable: { inherit enable; }) (types.submodule systemCall)
      );
      default = { };
      defaultText =
        lib.literalExpression
          ''{ "@system-service" = true; "~@privileged" = true; "~@resources" = true; }'';
      example = { "~@resources" = false; };
      description = "System calls, and sets of them, of the service's `SystemCallFilter`.";
    };
    superUser = mkOption {
      type = types.str;
      default = "postgres";
      internal = true;
      readOnly = true;
      description = "The role that may do everything.";
    };
  };
}
