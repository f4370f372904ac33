# services.nextcloud.settings, what becomes of other options in it, and former names of both.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.nextcloud;
  path = name: [ "services" "nextcloud" ] ++ lib.splitString "." name;
  setting = old: new: lib.mkRenamedOptionModule (path old) (path "settings" ++ [ new ]);
in
{
  imports = [
    (lib.mkRenamedOptionModule (path "cron.memoryLimit") (path "cli.memoryLimit"))
    (lib.mkRenamedOptionModule (path "extraOptions") (path "settings"))
    (lib.mkRenamedOptionModule (path "config.objectstore.s3.autocreate") (
      path "config.objectstore.s3.verify_bucket_exists"
    ))
    (lib.mkRemovedOptionModule
      (path "config.dbport")
      "Add the port to services.nextcloud.config.dbhost."
    )
    (lib.mkRemovedOptionModule (path "config.dbpass") "Set services.nextcloud.config.dbpassFile.")
    (lib.mkRemovedOptionModule
      (path "config.adminpass")
      "Set services.nextcloud.config.adminpassFile."
    )
    (lib.mkRemovedOptionModule (path "enableBrokenCiphersForSSE") "No Nextcloud of today needs it.")
    (lib.mkRemovedOptionModule
      (path "disableImagemagick")
      "Set services.nextcloud.enableImagemagick."
    )
    (lib.mkRemovedOptionModule
      (path "nginx.disableImagemagick")
      "Set services.nextcloud.enableImagemagick."
    )
    (setting "logLevel" "loglevel")
    (setting "logType" "log_type")
    (setting "skeletonDirectory" "skeletondirectory")
    (setting "globalProfiles" "profile.enabled")
    (setting "config.defaultPhoneRegion" "default_phone_region")
    (setting "config.overwriteProtocol" "overwriteprotocol")
    (setting "config.extraTrustedDomains" "trusted_domains")
    (setting "config.trustedProxies" "trusted_proxies")
    (import ../../../../lib/inert.nix { inherit lib; } [
      {
        path = path "imaginary.enable";
        type = types.bool;
        default = false;
        refused = true;
        why =
          "Debian has no Imaginary. Set enableImagemagick, or settings.preview_imaginary_url to a server of it";
      }
    ])
  ];

  options.services.nextcloud.settings = mkOption {
    type = types.submodule {
      freeformType = (pkgs.formats.json { }).type;
      options = {
        loglevel =
          option
            (types.ints.between 0 4)
            2
            "What is logged: from all (0) to what stops the server (4).";
        log_type =
          option (types.enum [ "errorlog" "file" "syslog" "systemd" ]) "syslog" "Where to.";
        skeletondirectory = option types.str "" "A folder whose files new users get.";
        trusted_domains =
          option (types.listOf types.str) [ ] "Further names by which it is reached.";
        trusted_proxies = option (types.listOf types.str) [ ] "Addresses of proxies before it.";
        overwriteprotocol =
          option
            (types.enum [ "" "http" "https" ])
            ""
            "What links begin with, if not with what requests do.";
        default_phone_region =
          option types.str "" "The country of phone numbers without one, such as `DE`.";
        "profile.enabled" = option types.bool false "Whether people have pages about themselves.";
      };
    };
    default = { };
    example.mail_smtphost = "smtp.example.org";
    description =
      "Settings, as in Nextcloud's config.php. They are in the store, where all can read them: secrets are for `secrets` and `secretFile`.";
  };

  config = lib.mkIf cfg.enable {
    services.nextcloud.caching.redis = lib.mkIf cfg.configureRedis true;
    services.nextcloud.settings = lib.mkMerge [
      {
        datadirectory = lib.mkDefault "${cfg.datadir}/data";
        trusted_domains = [ cfg.hostName ];
        "upgrade.disable-web" = true;
        # The store is read-only.
        "integrity.check.disabled" = true;
      }
      (lib.mkIf cfg.configureRedis {
        "memcache.distributed" = "\\OC\\Memcache\\Redis";
        "memcache.locking" = "\\OC\\Memcache\\Redis";
        redis = {
          host = config.services.redis.servers.nextcloud.unixSocket;
          port = 0;
        };
      })
    ];
  };
}
