# The options of Synapse's settings that have types of their own, and of its workers.
{
  lib,
  pkgs,
  cfg,
  yaml,
}:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) option orNull;

  listener = types.submodule {
    freeformType = yaml.type;
    options = {
      port = orNull types.port "The port.";
      bind_addresses = orNull (types.listOf types.str) "The addresses of the port.";
      path = orNull types.path "A socket, instead of a port.";
      mode = orNull (types.strMatching "^[0,2-7]{3,4}$") "The permission bits of the socket.";
      type =
        option (types.enum [ "http" "manhole" "metrics" "replication" ]) "http" "What is spoken.";
      tls = option (types.nullOr types.bool) null "Whether it speaks TLS.";
      x_forwarded =
        option types.bool false "Whether X-Forwarded-For has the address of the client.";
      resources =
        option
          (types.listOf (
            types.submodule {
              options = {
                names = mkOption {
                  type = types.listOf types.str;
                  description = "What is served, such as `client` and `federation`.";
                };
                compress = option types.bool false "Whether it is compressed.";
              };
            }
          ))
          [ ]
          "What is served.";
    };
  };
  /* A file with the settings of a log, which goes to the journal unless they say otherwise. */
  logConfig =
    name: log:
    yaml.generate "${name}.yaml" (
      lib.recursiveUpdate {
        version = 1;
        formatters.journal_fmt.format = "%(name)s: [%(request)s] %(message)s";
        handlers.journal = {
          class = "systemd.journal.JournalHandler";
          formatter = "journal_fmt";
        };
        root = {
          level = "INFO";
          handlers = [ "journal" ];
        };
        disable_existing_loggers = false;
      } log
    );
  isSqlite = cfg.settings.database.name == "sqlite3";
in
{
  inherit logConfig;

  settings = mkOption {
    type = types.submodule {
      freeformType = yaml.type;
      options = {
        server_name = mkOption {
          type = types.str;
          example = "example.org";
          description = "The domain of the server's users.";
        };
        enable_registration = option types.bool false "Whether everyone may make an account.";
        registration_shared_secret =
          orNull types.str "A secret for new accounts. Better have it in `extraConfigFiles`.";
        macaroon_secret_key =
          orNull types.str "A secret for tokens. Better have it in `extraConfigFiles`.";
        enable_metrics = option types.bool false "Whether there are metrics.";
        report_stats = option types.bool false "Whether statistics are sent to its makers.";
        signing_key_path =
          option
            types.path
            "${cfg.dataDir}/homeserver.signing.key"
            "The file with the key that signs.";
        pid_file =
          option types.path "/run/matrix-synapse.pid" "The file with the process's number.";
        log_config =
          option types.path (logConfig "log" cfg.log) "The file with the settings of the log.";
        media_store_path =
          option types.path "${cfg.dataDir}/media_store" "Where files are that users sent.";
        public_baseurl = orNull types.str "The address at which clients reach it.";
        tls_certificate_path = orNull types.str "A certificate, if it speaks TLS itself.";
        tls_private_key_path = orNull types.str "The certificate's key.";
        presence.enabled = option types.bool true "Whether users see who is there.";
        listeners = option (types.listOf listener) [
          {
            port = 8008;
            bind_addresses = [ "127.0.0.1" ];
            x_forwarded = true;
            tls = false;
            resources = [
              {
                names = [ "client" ];
                compress = true;
              }
              { names = [ "federation" ]; }
            ];
          }
        ] "Where it listens, and for what.";
        database = {
          name =
            option
              (types.enum [ "psycopg2" "sqlite3" ])
              "psycopg2"
              "Which database it uses: PostgreSQL or SQLite.";
          args =
            option
              (types.attrsOf yaml.type)
              (
                if isSqlite then
                  { database = "${cfg.dataDir}/homeserver.db"; }
                else
                  {
                    database = "matrix-synapse";
                    user = "matrix-synapse";
                  }
              )
              "How it reaches the database.";
        };
        max_upload_size = option types.str "50M" "The largest file that users may send.";
        max_image_pixels = option types.str "32M" "The largest picture that is shown small.";
        dynamic_thumbnails = option types.bool false "Whether small pictures of any size are made.";
        url_preview_enabled = option types.bool false "Whether pages that users mention are shown.";
        url_preview_ip_range_blacklist = option (types.listOf types.str) [
          "10.0.0.0/8"
          "100.64.0.0/10"
          "127.0.0.0/8"
          "169.254.0.0/16"
          "172.16.0.0/12"
          "192.0.0.0/24"
          "192.0.2.0/24"
          "192.168.0.0/16"
          "192.88.99.0/24"
          "198.18.0.0/15"
          "198.51.100.0/24"
          "2001:db8::/32"
          "203.0.113.0/24"
          "224.0.0.0/4"
          "::1/128"
          "fc00::/7"
          "fe80::/10"
          "fec0::/10"
          "ff00::/8"
        ] "Addresses whose pages are not shown.";
        url_preview_ip_range_whitelist =
          option (types.listOf types.str) [ ] "Exceptions from these.";
        url_preview_url_blacklist =
          option (types.listOf (types.attrsOf types.str)) [ ] "Pages that are not shown.";
        turn_uris = option (types.listOf types.str) [ ] "Servers for calls, by TURN.";
        turn_shared_secret =
          orNull types.str "The secret of these. Better have it in `extraConfigFiles`.";
        trusted_key_servers =
          option
            (types.listOf (
              types.submodule {
                freeformType = yaml.type;
                options.server_name = mkOption {
                  type = types.str;
                  description = "The server's name.";
                };
              }
            ))
            [ { server_name = "matrix.org"; } ]
            "Servers that are asked for keys of others.";
        app_service_config_files =
          option (types.listOf types.path) [ ] "Files of bridges and others.";
      };
    };
    default = { };
    description = "Settings of homeserver.yaml. null leaves one out.";
  };

  workers = mkOption {
    type = types.attrsOf (
      types.submodule {
        freeformType = yaml.type;
        options = {
          worker_app =
            option
              (types.enum [ "synapse.app.generic_worker" "synapse.app.media_repository" ])
              "synapse.app.generic_worker"
              "What it is.";
          worker_listeners = option (types.listOf listener) [ ] "Where it listens, and for what.";
          worker_log_config = option (types.attrsOf yaml.type) { } "Settings of its log.";
        };
      }
    );
    default = { };
    example = { federation_sender = { }; };
    description = "Workers, by name.";
  };
}
