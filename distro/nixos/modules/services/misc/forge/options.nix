# The options that Gitea and Forgejo have in common.
{
  name,
  label,
  package,
}:

{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag line orNull;
  cfg = config.services.${name};
  foreignPackage = import ../../../../lib/foreign-package.nix { inherit lib pkgs; };
  hasDatabase = type: cfg.database.createDatabase && cfg.database.type == type;

  port =
    default: description:
    mkOption {
      type = types.port;
      inherit default description;
    };
in
{
  options.services.${name} = {
    enable = lib.mkEnableOption label;
    package = foreignPackage {
      option = "services.${name}.package";
      name = package;
      program = name;
    };
    useWizard =
      flag
        false
        "Whether there is a page that asks for the settings, and makes the first user, in place of `settings`.";
    stateDir = line "/var/lib/${name}" "The folder of the data.";
    customDir =
      line "${cfg.stateDir}/custom" "The folder of the configuration, and of templates."
      // {
        defaultText = lib.literalExpression ''"''${stateDir}/custom"'';
      };
    user = line name "The user that the service runs as. Another one than the default must exist.";
    group =
      line name "The group that the service runs as. Another one than the default must exist.";
    repositoryRoot = line "${cfg.stateDir}/repositories" "The folder of the repositories." // {
      defaultText = lib.literalExpression ''"''${stateDir}/repositories"'';
    };

    database = {
      type = mkOption {
        type = types.enum [ "sqlite3" "mysql" "postgres" ];
        default = "sqlite3";
        description = "The database.";
      };
      createDatabase =
        flag true "Whether the server of the database is in this machine, and has the database.";
      host = line "127.0.0.1" "Where the database is.";
      port =
        port
          (
            if cfg.database.type == "postgres" then
              config.services.postgresql.settings.port
            else
              3306
          )
          "Its port.";
      name = line name "The database's name.";
      user = line name "The account.";
      passwordFile = orNull lineTypes.machineFile "A file with its password.";
      socket = mkOption {
        type = types.nullOr types.path;
        default =
          if hasDatabase "postgres" then
            "/run/postgresql"
          else if hasDatabase "mysql" then
            "/run/mysqld/mysqld.sock"
          else
            null;
        defaultText = "that of the server in this machine";
        description = "The database's socket, in place of host and port.";
      };
      path = line "${cfg.stateDir}/data/${name}.db" "The file of the database sqlite3." // {
        defaultText = lib.literalExpression ''"''${stateDir}/data/${name}.db"'';
      };
    };

    dump = {
      enable = flag false "Whether everything is written to a file at certain times.";
      interval = line "04:31" "When, as in systemd.time(7).";
      backupDir = line "${cfg.stateDir}/dump" "The folder of the files." // {
        defaultText = lib.literalExpression ''"''${stateDir}/dump"'';
      };
      type = mkOption {
        type = types.enum [
          "zip"
          "rar"
          "tar"
          "sz"
          "tar.gz"
          "tar.xz"
          "tar.bz2"
          "tar.br"
          "tar.lz4"
          "tar.zst"
        ];
        default = "zip";
        description = "The files' format.";
      };
      file = orNull types.singleLineStr "The file's name. null is one with the time.";
    };

    lfs = {
      enable = flag false "Whether large files are kept apart, as git-lfs does.";
      contentDir = line "${cfg.stateDir}/data/lfs" "Their folder." // {
        defaultText = lib.literalExpression ''"''${stateDir}/data/lfs"'';
      };
    };

    settings = mkOption {
      default = { };
      example = {
        server.ROOT_URL = "https://git.example.org/";
        service.DISABLE_REGISTRATION = true;
      };
      description = "Settings of app.ini, by section.";
      type = types.submodule {
        freeformType = (pkgs.formats.ini { }).type;
        options = {
          log.ROOT_PATH = line "${cfg.stateDir}/log" "The folder of logs.";
          log.LEVEL = mkOption {
            type = types.enum [ "Trace" "Debug" "Info" "Warn" "Error" "Critical" ];
            default = "Info";
            description = "What is logged.";
          };
          server = {
            PROTOCOL = mkOption {
              type = types.enum [ "http" "https" "fcgi" "http+unix" "fcgi+unix" ];
              default = "http";
              description = "What is spoken.";
            };
            HTTP_ADDR = mkOption {
              type = types.either types.str types.path;
              default =
                if lib.hasSuffix "+unix" cfg.settings.server.PROTOCOL then
                  "/run/${name}/${name}.sock"
                else
                  "0.0.0.0";
              defaultText = "0.0.0.0, or a socket";
              description = "The address, or the path of the socket.";
            };
            HTTP_PORT = port 3000 "The port.";
            DOMAIN = line "localhost" "The server's domain.";
            ROOT_URL =
              line
                "http://${cfg.settings.server.DOMAIN}:${toString cfg.settings.server.HTTP_PORT}/"
                "The address of the pages.";
            STATIC_ROOT_PATH = mkOption {
              type = types.nullOr (types.either types.str types.path);
              default = cfg.package.data or null;
              defaultText = lib.literalExpression "package.data";
              description = "The folder of templates and files. null is in the program.";
            };
            DISABLE_SSH = flag false "Whether there is no access by ssh.";
            SSH_PORT = port 22 "The port of ssh that addresses have.";
          };
          service.DISABLE_REGISTRATION =
            flag false "Whether only the administrator makes accounts.";
          session.COOKIE_SECURE = flag false "Whether cookies are for HTTPS alone.";
        };
      };
    };
  };
}
