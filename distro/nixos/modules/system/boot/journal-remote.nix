# The journal over the network: taken from other machines, sent to one, and served for browsers.
{
  config,
  lib,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.journald;
  unitOption = (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ../../../lib/formats { inherit lib; }) systemd;

  file =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
  bool =
    description:
    mkOption {
      type = types.nullOr types.bool;
      default = null;
      inherit description;
    };
  tls = {
    ServerKeyFile = file "The key, in PEM.";
    ServerCertificateFile = file "The certificate, in PEM.";
    TrustedCertificateFile = file "The certificates of the authorities that are trusted.";
  };
  settings =
    name: section: options: description:
    mkOption {
      type = types.submodule {
        options.${section} = mkOption {
          type = types.submodule {
            freeformType = types.attrsOf unitOption;
            inherit options;
          };
          default = { };
          description = "Settings of the [${section}] section, as in ${name}.conf(5).";
        };
      };
      default = { };
      inherit description;
    };
  textOf =
    name: values:
    systemd.settingsToText {
      option = "services.journald.${name}.settings";
      file = "journal-${name}.conf";
    } values;
  # An empty assignment removes what Debian's unit has.
  exec = args: [ "" (utils.escapeSystemdExecArgs args) ];
in
{
  options.services.journald = {
    remote = {
      enable =
        lib.mkEnableOption
          "systemd-journal-remote, which takes messages from the journals of other machines";
      listen = mkOption {
        type = types.enum [ "https" "http" ];
        default = "https";
        description = "Whether TLS is spoken.";
      };
      output = mkOption {
        type = types.str;
        default = "/var/log/journal/remote/";
        description = "The folder, or the file, that messages are written to.";
      };
      port = mkOption {
        type = types.port;
        default = 19532;
        description = "The port it listens on.";
      };
      settings =
        settings
          "journal-remote"
          "Remote"
          (tls // {
            Seal = bool "Whether the journal is sealed against later changes.";
            SplitMode = mkOption {
              type = types.nullOr (types.enum [ "host" "none" ]);
              default = null;
              description = "Whether each machine has a file of its own (`host`).";
            };
          })
          "The configuration of systemd-journal-remote.";
    };
    upload = {
      enable =
        lib.mkEnableOption "systemd-journal-upload, which sends the journal to another machine";
      settings =
        settings
          "journal-upload"
          "Upload"
          (tls // {
            URL = file "Where it is sent, such as `https://logs.example.org:19532`.";
            NetworkTimeoutSec = file "How long the other machine may be away.";
          })
          "The configuration of systemd-journal-upload.";
    };
    gateway = {
      enable = lib.mkEnableOption "systemd-journal-gatewayd, which serves the journal over HTTP";
      port = mkOption {
        type = types.port;
        default = 19531;
        description = "The port it listens on.";
      };
      cert = file "The file with the certificate, for HTTPS.";
      key = file "The file with its key.";
      trust =
        file
          "The file with the certificates of the authorities that clients' certificates must be of.";
      system = mkOption {
        type = types.bool;
        default = true;
        description = "Whether messages of services and the kernel are served.";
      };
      user = mkOption {
        type = types.bool;
        default = true;
        description = "Whether messages of the user that it runs as are served.";
      };
      merge = mkOption {
        type = types.bool;
        default = false;
        description = "Whether messages from other machines are served, too.";
      };
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.remote.enable {
      users.groups.systemd-journal-remote = { };
      users.users.systemd-journal-remote = {
        description = "Journals of other machines";
        isSystemUser = true;
        group = "systemd-journal-remote";
      };
      environment.etc."systemd/journal-remote.conf".text = textOf "remote" cfg.remote.settings;
      systemd.sockets.systemd-journal-remote = {
        overrideStrategy = "asDropin";
        wantedBy = [ "sockets.target" ];
        socketConfig.ListenStream = [ "" (toString cfg.remote.port) ];
      };
      systemd.services.systemd-journal-remote = {
        overrideStrategy = "asDropin";
        serviceConfig.ExecStart = exec [
          "/usr/lib/systemd/systemd-journal-remote"
          "--output"
          cfg.remote.output
          "--listen-${cfg.remote.listen}=-3"
        ];
      };
    })
    (lib.mkIf cfg.upload.enable {
      environment.etc."systemd/journal-upload.conf".text = textOf "upload" cfg.upload.settings;
      systemd.services.systemd-journal-upload = {
        overrideStrategy = "asDropin";
        wantedBy = [ "multi-user.target" ];
        # The other machine may be away for long.
        serviceConfig = {
          Restart = "always";
          RestartSec = "3";
        };
      };
      assertions = [
        {
          assertion = cfg.upload.settings.Upload.URL != null;
          message =
            "services.journald.upload does not say where the journal is sent. Set services.journald.upload.settings.Upload.URL.";
        }
      ];
    })
    (lib.mkIf cfg.gateway.enable {
      systemd.sockets.systemd-journal-gatewayd = {
        overrideStrategy = "asDropin";
        wantedBy = [ "sockets.target" ];
        socketConfig.ListenStream = [ "" (toString cfg.gateway.port) ];
      };
      systemd.services.systemd-journal-gatewayd = {
        overrideStrategy = "asDropin";
        serviceConfig.ExecStart = exec (
          [ "/usr/lib/systemd/systemd-journal-gatewayd" ]
          ++ lib.optionals (cfg.gateway.cert != null) [ "--cert" cfg.gateway.cert ]
          ++ lib.optionals (cfg.gateway.key != null) [ "--key" cfg.gateway.key ]
          ++ lib.optionals (cfg.gateway.trust != null) [ "--trust" cfg.gateway.trust ]
          ++ lib.optional cfg.gateway.system "--system"
          ++ lib.optional cfg.gateway.user "--user"
          ++ lib.optional cfg.gateway.merge "--merge"
        );
      };
    })
    (lib.mkIf (cfg.remote.enable || cfg.upload.enable || cfg.gateway.enable) {
      system.basePackages = [ "systemd-journal-remote" ];
    })
  ];
}
