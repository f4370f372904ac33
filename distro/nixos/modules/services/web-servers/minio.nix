# MinIO, a server of objects as S3 has them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) line;
  cfg = config.services.minio;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };
  path =
    default: description:
    mkOption {
      type = types.path;
      inherit default description;
    };

  # For those who need no secret, such as a test.
  written = pkgs.writeText "minio-root-credentials" ''
    MINIO_ROOT_USER=${cfg.accessKey}
    MINIO_ROOT_PASSWORD=${cfg.secretKey}
  '';
  own = builtins.filter (lib.hasPrefix "/var/lib/minio") cfg.dataDir;
in
{
  options.services.minio = {
    enable = lib.mkEnableOption "MinIO";
    package = foreignPackage {
      option = "services.minio.package";
      name = "minio";
      program = "minio";
    };
    listenAddress = line ":9000" "The address and port for clients.";
    consoleAddress = line ":9001" "The address and port of the pages for administrators.";
    dataDir = mkOption {
      type = types.coercedTo types.path lib.singleton (types.listOf types.path);
      default = [ "/var/lib/minio/data" ];
      description = "Folders of the data. With several, each object is on several of them.";
    };
    configDir = path "/var/lib/minio/config" "The folder of the configuration.";
    certificatesDir =
      path
        "/var/lib/minio/certs"
        "The folder of certificates: with public.crt and private.key, clients use TLS.";
    accessKey =
      line
        ""
        "The administrator's name. Everyone can read it in the store: use `rootCredentialsFile`.";
    secretKey =
      line
        ""
        "The administrator's password. Everyone can read it in the store: use `rootCredentialsFile`.";
    rootCredentialsFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/run/secrets/minio.env";
      description = "A file with MINIO_ROOT_USER=NAME and MINIO_ROOT_PASSWORD=PASSWORD.";
    };
    region = line "us-east-1" "The region that the server says it is in.";
    browser = mkOption {
      type = types.bool;
      default = true;
      description = "Whether there are pages for administrators.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.accessKey == "") == (cfg.secretKey == "");
        message =
          "services.minio needs both accessKey and secretKey, or neither. Set rootCredentialsFile in place of them.";
      }
      {
        assertion = cfg.rootCredentialsFile == null || cfg.accessKey == "";
        message =
          "services.minio has rootCredentialsFile and accessKey. Remove accessKey and secretKey, which everyone can read in the store.";
      }
    ];

    users.users.minio = {
      isSystemUser = true;
      group = "minio";
    };
    users.groups.minio = { };
    systemd.tmpfiles.settings.minio =
      lib.genAttrs (cfg.dataDir ++ [ cfg.configDir cfg.certificatesDir ]) (_: {
        d = {
          mode = "0700";
          user = "minio";
          group = "minio";
        };
      });

    systemd.services.minio = {
      description = "Minio Object Storage";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment = {
        MINIO_REGION = cfg.region;
        MINIO_BROWSER = if cfg.browser then "on" else "off";
      };
      serviceConfig = {
        ExecStart =
          "${lib.getExe' cfg.package "minio"} "
          + utils.escapeSystemdExecArgs ([
            "server"
            "--json"
            "--address"
            cfg.listenAddress
            "--console-address"
            cfg.consoleAddress
            "--config-dir=${cfg.configDir}"
            "--certs-dir=${cfg.certificatesDir}"
          ] ++ cfg.dataDir);
        Type = "simple";
        User = "minio";
        Group = "minio";
        LimitNOFILE = 65536;
        StateDirectory = lib.mkIf (own != [ ]) "minio";
        StateDirectoryMode = "0700";
        EnvironmentFile =
          if cfg.rootCredentialsFile != null then
            cfg.rootCredentialsFile
          else
            lib.mkIf (cfg.accessKey != "") written;
      };
    };
  };
}
