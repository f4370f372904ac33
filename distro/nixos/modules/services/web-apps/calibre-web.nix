# Calibre-Web: books of a library of Calibre in a browser.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.services.calibre-web;
  account = import ../../../lib/service-account.nix { inherit lib; } "calibre-web" {
    inherit (cfg) user group;
    description = "Calibre-Web";
    home = dataDir;
  };
  dataDir = if lib.hasPrefix "/" cfg.dataDir then cfg.dataDir else "/var/lib/${cfg.dataDir}";
  program = lib.getExe cfg.package;
  kepubify =
    pkgs.kepubify or (throw (
      "services.calibre-web.options.enableKepubify needs the program kepubify, which Debian has not. Add it to the packages with "
      + "nixpkgs.overlays, or remove the setting."
    ));

  # Its settings are in its database; strings are in quotes there.
  text = value: "'${lib.replaceStrings [ "'" ] [ "''" ] value}'";
  bool = value: if value then "1" else "0";
  assignments =
    [
      "config_port = ${toString cfg.listen.port}"
      "config_uploading = ${bool cfg.options.enableBookUploading}"
      "config_allow_reverse_proxy_header_login = ${bool cfg.options.reverseProxyAuth.enable}"
      "config_reverse_proxy_login_header_name = ${text cfg.options.reverseProxyAuth.header}"
    ]
    ++ lib.optional
      (cfg.options.calibreLibrary != null)
      "config_calibre_dir = ${text (toString cfg.options.calibreLibrary)}"
    ++ lib.optional
      cfg.options.enableBookConversion
      "config_converterpath = ${text (lib.getExe' cfg.options.calibrePackage "ebook-convert")}"
    ++ lib.optional
      cfg.options.enableKepubify
      "config_kepubifypath = ${text (lib.getExe kepubify)}";
in
{
  options.services.calibre-web = {
    enable = lib.mkEnableOption "Calibre-Web, the books of a library of Calibre in a browser";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.calibre-web.package";
      name = "calibre-web";
    };
    listen = {
      ip = mkOption {
        type = types.str;
        default = "::1";
        description = "The address at which it listens.";
      };
      port = mkOption {
        type = types.port;
        default = 8083;
        description = "The port at which it listens.";
      };
    };
    dataDir = mkOption {
      type = types.str;
      default = "calibre-web";
      description = "Where its own data are; below /var/lib if it does not begin with /.";
    };
    user = mkOption {
      type = types.str;
      default = "calibre-web";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "calibre-web";
      description = "The group in which it runs.";
    };
    openFirewall = flag false "Whether its port is open in the firewall.";
    options = {
      calibreLibrary = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "The library; null leaves it to the web interface.";
      };
      enableBookConversion = flag false "Whether books are converted, by `calibrePackage`.";
      calibrePackage = lib.mkPackageOption pkgs "calibre" { };
      enableKepubify = flag false "Whether books are converted for readers of Kobo.";
      enableBookUploading = flag false "Whether books can be uploaded.";
      reverseProxyAuth = {
        enable = flag false "Whether a proxy says who the user is.";
        header = mkOption {
          type = types.str;
          default = "";
          description = "The header by which it says so.";
        };
      };
    };
  };

  config = mkIf cfg.enable {
    users = account;
    systemd.tmpfiles.settings.calibre-web.${dataDir}.d = {
      inherit (cfg) user group;
      mode = "0750";
    };
    systemd.services.calibre-web = {
      description = "Calibre-Web";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.sqlite ];
      environment.CACHE_DIR = "/var/cache/calibre-web";
      preStart = ''
        app=${escapeShellArg "${dataDir}/app.db"}
        # A first start makes its database.
        [ -e "$app" ] || __RUN_MIGRATIONS_AND_EXIT=1 timeout 60 ${program} -p "$app" -g ${escapeShellArg "${dataDir}/gdrive.db"} || true
        sqlite3 "$app" ${escapeShellArg "update settings set ${lib.concatStringsSep ", " assignments}"}
        ${
          lib.optionalString (cfg.options.calibreLibrary != null) ''
            if [ ! -e ${escapeShellArg "${toString cfg.options.calibreLibrary}/metadata.db"} ]; then
              echo "services.calibre-web.options.calibreLibrary has no metadata.db: it is not a library of Calibre" >&2
              exit 1
            fi
          ''
        }
      '';
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        ExecStart = utils.escapeSystemdExecArgs [
          program
          "-p"
          "${dataDir}/app.db"
          "-g"
          "${dataDir}/gdrive.db"
          "-i"
          cfg.listen.ip
        ];
        Restart = "on-failure";
        CacheDirectory = "calibre-web";
        CacheDirectoryMode = "0750";
      };
    };
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.listen.port;
  };
}
