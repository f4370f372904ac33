# Vikunja: lists of things to do. Debian has no package of it: the user gives one.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.vikunja;
  yaml = pkgs.formats.yaml { };
  file = yaml.generate "config.yaml" cfg.settings;
  databases =
    lib.optional (cfg.database.type == "postgres") "postgresql.service"
    ++ lib.optional (cfg.database.type == "mysql") "mysql.service";
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "vikunja"
      "setupNginx"
    ] "Declare a virtual host of nginx that passes on to its port.")
    (lib.mkRemovedOptionModule [
      "services"
      "vikunja"
      "package-api"
    ] "Set services.vikunja.package.")
    (lib.mkRemovedOptionModule [
      "services"
      "vikunja"
      "package-frontend"
    ] "Set services.vikunja.package.")
  ];

  options.services.vikunja = {
    enable = lib.mkEnableOption "Vikunja, lists of things to do";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.vikunja.package";
      name = "vikunja";
    };
    environmentFiles =
      option
        (types.listOf types.machineFile)
        [ ]
        "Files in the machine with variables, such as VIKUNJA_DATABASE_PASSWORD.";
    frontendScheme = mkOption {
      type = types.enum [ "http" "https" ];
      description = "Whether its pages are reached by http or https.";
    };
    frontendHostname = mkOption {
      type = types.str;
      description = "The host name of its pages.";
    };
    address = option types.str "" "The address at which it listens; empty for all.";
    port = option types.port 3456 "The port at which it listens.";
    settings = mkOption {
      inherit (yaml) type;
      default = { };
      example = { service.enableregistration = false; };
      description = "Settings of Vikunja, as in its documentation.";
    };
    database = {
      type = option (types.enum [ "sqlite" "mysql" "postgres" ]) "sqlite" "The kind of database.";
      host =
        option types.str "localhost" "The host of the database, or the directory of its socket.";
      user = option types.str "vikunja" "The user of the database.";
      database = option types.str "vikunja" "The name of the database.";
      path = option types.str "/var/lib/vikunja/vikunja.db" "The file of SQLite's.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.vikunja.settings = {
      database = { inherit (cfg.database) type host user database path; };
      service = {
        interface = "${cfg.address}:${toString cfg.port}";
        publicurl = "${cfg.frontendScheme}://${cfg.frontendHostname}/";
      };
      files.basepath = "/var/lib/vikunja/files";
    };
    environment.etc."vikunja/config.yaml".source = file;
    environment.systemPackages = [ cfg.package ];
    systemd.services.vikunja = {
      description = "Vikunja";
      after = [ "network.target" ] ++ databases;
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ file ];
      serviceConfig = {
        DynamicUser = true;
        StateDirectory = "vikunja";
        ExecStart = "${cfg.package}/bin/vikunja";
        EnvironmentFile = cfg.environmentFiles;
        Restart = "always";
      };
    };
  };
}
