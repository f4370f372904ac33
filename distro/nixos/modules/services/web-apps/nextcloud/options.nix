# Options of services.nextcloud, but those of ./settings.nix.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) option;
  cfg = config.services.nextcloud;
  size = types.strMatching "[0-9]+[kKmMgG]?";
  atom = types.oneOf [ types.str types.int ];
  isLocal = kind: cfg.database.createLocally && cfg.config.dbtype == kind;
  # Files by the names of settings, which may be within others.
  within = type: types.attrsOf (types.either types.path type);
  secrets = within (within (types.attrsOf types.machineFile));
in
{
  options.services.nextcloud = {
    enable = lib.mkEnableOption "Nextcloud, files and calendars of people";
    package = import ../../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.nextcloud.package";
      name = "nextcloud32";
      program = null;
    };
    phpPackage = lib.mkPackageOption pkgs "php" { };
    finalPackage = mkOption {
      type = types.package;
      readOnly = true;
      description = "The package with its apps, which servers of the web have as their root.";
    };
    occ = mkOption {
      type = types.package;
      readOnly = true;
      description = "The program `nextcloud-occ`, by which Nextcloud is administered.";
    };
    hostName = mkOption {
      type = types.str;
      example = "cloud.example.org";
      description = "The name of its virtual host.";
    };
    https =
      option
        types.bool
        false
        "Whether it is reached by https: its links say so, and browsers use nothing else (HSTS).";
    home = option types.path "/var/lib/nextcloud" "Where apps from its store are.";
    datadir = mkOption {
      type = types.path;
      default = cfg.home;
      defaultText = lib.literalExpression "config.services.nextcloud.home";
      description = "Where the folders `config` and `data` are.";
    };
    extraApps = mkOption {
      type = types.attrsOf types.package;
      default = { };
      example =
        lib.literalExpression
          "{ inherit (inputs.other.legacyPackages.x86_64-linux.nextcloud32Packages.apps) calendar; }";
      description =
        "Apps by their ids. The store of apps is off then, unless `appstoreEnable` is true.";
    };
    extraAppsEnable =
      option types.bool true "Whether the apps of `extraApps` are enabled at each start.";
    appstoreEnable =
      option (types.nullOr types.bool) null "Whether people may install apps from the store.";
    maxUploadSize = option size "512M" "The largest upload, and the memory that PHP may use.";
    webfinger = option types.bool false "Whether requests for host-meta are for Nextcloud.";
    fastcgiTimeout = option types.ints.positive 120 "How many seconds nginx waits for PHP.";
    phpExtraExtensions = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      defaultText = lib.literalExpression "all: [ ]";
      example = lib.literalExpression "all: [ all.ldap ]";
      description = "Further extensions of PHP: a function of all that there are.";
    };
    phpOptions = mkOption {
      type = types.attrsOf atom;
      default = { };
      example."opcache.interned_strings_buffer" = "23";
      description = "Settings of php.ini, beside those that Nextcloud wants.";
    };
    poolSettings = mkOption {
      type = types.attrsOf (types.either types.bool atom);
      default = {
        pm = "dynamic";
        "pm.max_children" = "120";
        "pm.start_servers" = "12";
        "pm.min_spare_servers" = "6";
        "pm.max_spare_servers" = "18";
        "pm.max_requests" = "500";
      };
      description = "Directives of the pool of PHP-FPM. The default is for 4 GiB of memory.";
    };
    poolConfig =
      option (types.nullOr types.lines) null "Lines of the pool. Better set `poolSettings`.";
    cli.memoryLimit =
      option (types.nullOr size) null "The memory that PHP may use outside of requests.";
    database.createLocally = option types.bool false "Whether this machine has its database.";
    config = {
      dbtype = mkOption {
        type = types.enum [ "sqlite" "pgsql" "mysql" ];
        description = "The kind of its database.";
      };
      dbname = option (types.nullOr types.str) "nextcloud" "The name of its database.";
      dbuser = option (types.nullOr types.str) "nextcloud" "The database's user.";
      dbpassFile =
        option
          (types.nullOr types.machineFile)
          null
          "A file with the password of the database's user.";
      dbhost = mkOption {
        type = types.nullOr types.str;
        default =
          if isLocal "pgsql" then
            "/run/postgresql"
          else if isLocal "mysql" then
            "localhost:/run/mysqld/mysqld.sock"
          else
            "localhost";
        defaultText = "the socket of the local database, or `localhost`";
        example = "db.example.org:5000";
        description = "The database's host, or the folder or file of its socket.";
      };
      dbtableprefix =
        option
          (types.nullOr types.str)
          null
          "What names of tables begin with, in databases from before Nextcloud 20.";
      adminuser =
        option
          (types.nullOr types.str)
          "root"
          "The first user, made when Nextcloud is set up; null for none.";
      adminpassFile =
        option
          (types.nullOr types.machineFile)
          null
          "A file with the password that this user has at first.";
      objectstore.s3 = {
        enable = lib.mkEnableOption "S3 as the place of files";
        bucket = mkOption {
          type = types.str;
          example = "nextcloud";
          description = "The bucket.";
        };
        verify_bucket_exists =
          option types.bool true "Whether the bucket is made if it does not exist.";
        key = mkOption {
          type = types.str;
          description = "The access key.";
        };
        secretFile = mkOption {
          type = types.machineFile;
          example = "/run/secrets/s3";
          description = "A file with the secret access key.";
        };
        hostname = option (types.nullOr types.str) null "The host, if not Amazon's.";
        port = option (types.nullOr types.port) null "The port, if not the usual one.";
        useSsl = option types.bool true "Whether it is reached by https.";
        region = option (types.nullOr types.str) null "The region.";
        usePathStyle =
          option types.bool false "Whether the bucket is in the path, not in the host's name.";
        sseCKeyFile =
          option
            (types.nullOr types.machineFile)
            null
            "A file with 32 bytes in Base64, by which the store encrypts files.";
      };
    };
    enableImagemagick =
      option types.bool true "Whether PHP has ImageMagick, for previews of pictures.";
    configureRedis = mkOption {
      type = types.bool;
      default = config.services.nextcloud.notify_push.enable or false;
      defaultText = lib.literalExpression "config.services.nextcloud.notify_push.enable";
      description = "Whether a server of Redis in this machine keeps locks and caches.";
    };
    caching = {
      apcu = option types.bool true "Whether PHP caches in its own memory, by APCu.";
      redis =
        option
          types.bool
          false
          "Whether PHP has the extension for Redis. `configureRedis` sets all up.";
      memcached = option types.bool false "Whether PHP has the extension for Memcached.";
    };
    autoUpdateApps = {
      enable = option types.bool false "Whether apps from the store are updated regularly.";
      startAt =
        option (types.either types.str (types.listOf types.str)) "05:00:00" "When they are.";
    };
    secretFile =
      option
        (types.nullOr types.machineFile)
        null
        "A file with further settings in JSON, such as {\"redis\":{\"password\":\"...\"}}.";
    secrets = mkOption {
      type = secrets;
      default = { };
      example.mail_smtppassword = "/run/secrets/mail";
      description = "Files with the values of settings.";
    };
    nginx = {
      recommendedHttpHeaders =
        option types.bool true "Whether responses have the headers that Nextcloud recommends.";
      hstsMaxAge =
        option types.ints.positive 15552000 "For how many seconds browsers use https alone.";
      enableFastcgiRequestBuffering =
        option types.bool false "Whether nginx takes a request whole before PHP gets it.";
    };
  };
}
