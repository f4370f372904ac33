# Settings of Grafana that other modules read, or whose defaults are not its own. All others are free.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag option orNull;
  cfg = config.services.grafana;
  str = option types.str;

  value = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      (types.listOf types.str)
    ]
  );
  section =
    description: options:
    mkOption {
      type = types.submodule {
        freeformType = types.attrsOf value;
        inherit options;
      };
      default = { };
      inherit description;
    };
in
{
  options.services.grafana.settings = mkOption {
    type = types.submodule {
      freeformType = types.attrsOf (types.attrsOf value);
      options = {
        paths = section "Folders." {
          plugins = orNull types.str "The folder of plugins.";
          provisioning = orNull types.str "The folder with what is provisioned.";
        };
        server = section "The server." {
          protocol = option (types.enum [ "http" "https" "h2" "socket" ]) "http" "What is spoken.";
          http_addr = str "127.0.0.1" "The address it listens on.";
          http_port = option types.port 3000 "The port it listens on.";
          domain = str "localhost" "The name in its address.";
          enforce_domain = flag false "Whether requests for other names are sent to it.";
          root_url =
            str "%(protocol)s://%(domain)s:%(http_port)s/" "The address under which it is reached.";
          serve_from_sub_path = flag false "Whether `root_url` has a path.";
          router_logging = flag false "Whether requests are logged.";
          static_root_path =
            option types.str "${cfg.package}/share/grafana/public" "The folder of its pages."
            // {
              defaultText =
                lib.literalExpression
                  ''"''${config.services.grafana.package}/share/grafana/public"'';
            };
          enable_gzip = flag false "Whether responses are compressed.";
          cert_file = orNull types.path "The file with the certificate, for `https`.";
          cert_key = orNull types.path "The file with its key.";
          socket = str "/run/grafana/grafana.sock" "The socket, for `socket`.";
          socket_gid = option types.int (-1) "The number of the socket's group.";
          socket_mode = str "0660" "The socket's mode.";
        };
        database = section "The database." {
          type =
            option
              (types.enum [ "sqlite3" "mysql" "postgres" ])
              "sqlite3"
              "The kind of the database.";
          host = str "127.0.0.1:3306" "The database's host and port, or its socket.";
          name = str "grafana" "The database's name.";
          user = str "root" "The user's name there.";
          password = str "" "The user's password there.";
          path = str "${cfg.dataDir}/data/grafana.db" "The file of SQLite." // {
            defaultText =
              lib.literalExpression ''"''${config.services.grafana.dataDir}/data/grafana.db"'';
          };
        };
        security = section "Who may do what." {
          admin_user = str "admin" "The name of the administrator that the first start makes.";
          admin_password = str "admin" "That administrator's password.";
          admin_email = str "admin@localhost" "That administrator's address.";
          secret_key = orNull types.str "The key of secrets in the database.";
          disable_gravatar = flag false "Whether pictures of people are taken from Gravatar.";
          cookie_secure = flag false "Whether cookies are sent over HTTPS alone.";
        };
        smtp = section "Mail." {
          enabled = flag false "Whether it sends mail.";
          host = str "localhost:25" "The server and the port.";
          user = orNull types.str "The user's name there.";
          password = str "" "The user's password there.";
          from_address = str "admin@grafana.localhost" "The sender.";
          from_name = str "Grafana" "The sender's name.";
        };
        users = section "People." {
          allow_sign_up = flag false "Whether they may make accounts.";
          allow_org_create = flag false "Whether they may make organisations.";
          auto_assign_org = flag true "Whether new accounts belong to the first organisation.";
          auto_assign_org_role =
            option (types.enum [ "Viewer" "Editor" "Admin" ]) "Viewer" "What they are there.";
          default_theme = option (types.enum [ "dark" "light" "system" ]) "dark" "How pages look.";
        };
        analytics = section "What its makers learn." {
          reporting_enabled = flag true "Whether its use is reported.";
          check_for_updates = flag false "Whether new versions are looked for.";
          check_for_plugin_updates =
            flag
              cfg.settings.analytics.check_for_updates
              "Whether new versions of plugins are looked for."
            // {
              defaultText =
                lib.literalExpression
                  "config.services.grafana.settings.analytics.check_for_updates";
            };
          feedback_links_enabled = flag true "Whether pages have links for opinions.";
        };
      };
    };
    default = { };
    example = { server.domain = "grafana.example.org"; };
    description =
      "Settings, as in Grafana's documentation. Secrets are written as \"$__file{/path}\", which reads a file of the machine's.";
  };
}
