# What Nextcloud reads after its own config.php: settings from JSON, in which the values of secrets are filled in from the credentials
# of the unit.
{
  lib,
  pkgs,
  cfg,
  webroot,
}:

let
  c = cfg.config;
  inherit (c.objectstore) s3;
  withoutNulls = lib.filterAttrs (_: value: value != null);
  isInStore = cfg.appstoreEnable != null || cfg.extraApps != { };

  apps = name: writable: {
    path = "${webroot}/${name}";
    url = "/${name}";
    inherit writable;
  };

  config = withoutNulls {
    apps_paths =
      [ (apps "apps" false) ]
      ++ lib.optional (cfg.extraApps != { }) (apps "nix-apps" false)
      ++ lib.optional (cfg.appstoreEnable != false) (apps "store-apps" true);
    appstoreenabled = if isInStore then cfg.appstoreEnable == true else null;
    "memcache.local" = if cfg.caching.apcu then "\\OC\\Memcache\\APCu" else null;
    inherit (c) dbname dbhost dbuser dbtableprefix dbtype;
    objectstore =
      if s3.enable then
        {
          class = "\\OC\\Files\\ObjectStore\\S3";
          arguments = withoutNulls {
            inherit (s3) bucket verify_bucket_exists key hostname port region;
            use_ssl = s3.useSsl;
            use_path_style = s3.usePathStyle;
          };
        }
      else
        null;
  };

  # Settings whose values are in files: { path, file } each.
  leaves =
    path: value:
    if builtins.isAttrs value then
      lib.concatLists (lib.mapAttrsToList (name: leaves (path ++ [ name ])) value)
    else
      [
        {
          inherit path;
          file = toString value;
        }
      ];
  secrets =
    lib.optional (c.dbpassFile != null) {
      path = [ "dbpassword" ];
      file = c.dbpassFile;
      credential = "dbpass";
    }
    ++ lib.optional s3.enable {
      path = [ "objectstore" "arguments" "secret" ];
      file = s3.secretFile;
    }
    ++ lib.optional (s3.enable && s3.sseCKeyFile != null) {
      path = [ "objectstore" "arguments" "sse_c_key" ];
      file = s3.sseCKeyFile;
    }
    ++ leaves [ ] cfg.secrets;
  numbered = lib.imap0 (
    number: secret: { credential = "secret-${toString number}"; } // secret
  ) secrets;

  json = (pkgs.formats.json { }).generate "nextcloud.json" {
    config = lib.recursiveUpdate config cfg.settings;
    secrets = map ({ path, credential, ... }: { inherit path credential; }) numbered;
    settings = cfg.secretFile != null;
  };
in
{
  # What the units need of LoadCredential.
  credentials =
    map ({ credential, file, ... }: "${credential}:${file}") numbered
    ++ lib.optional (cfg.secretFile != null) "settings:${cfg.secretFile}";

  file = pkgs.writeText "override.config.php" ''
    <?php
    $CONFIG = (require '${./read-settings.php}')('${json}');
  '';
}
