# PHP-FPM: pools of processes that run programs in PHP for servers of the web.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.phpfpm;
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  directives =
    description:
    mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.str
          types.int
          types.bool
        ]
      );
      default = { };
      inherit description;
    };
  obsolete =
    description:
    mkOption {
      type = types.nullOr types.lines;
      default = null;
      inherit description;
    };

  pool =
    { name, config, ... }:
    {
      options = {
        socket = mkOption {
          type = types.str;
          readOnly = true;
          description = "The path of the socket at which servers reach the pool.";
        };
        listen = mkOption {
          type = types.str;
          default = "";
          description = "Another place for it. Better set `settings.listen`.";
        };
        phpPackage = mkOption {
          type = types.package;
          default = cfg.phpPackage;
          defaultText = lib.literalExpression "config.services.phpfpm.phpPackage";
          description = "The package of PHP.";
        };
        phpOptions = mkOption {
          type = types.lines;
          description = "Lines of php.ini, after those of `services.phpfpm.phpOptions`.";
        };
        phpEnv = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example = { TMPDIR = "/tmp"; };
          description = "Environment variables of programs.";
        };
        user = mkOption {
          type = types.str;
          description = "The user that programs run as.";
        };
        group = mkOption {
          type = types.str;
          description = "The group that they run as, which is called like the user by default.";
        };
        settings = directives "Directives of the pool, as in php-fpm.conf.";
        files = mkOption {
          type = types.package;
          internal = true;
          readOnly = true;
          description = "Its php-fpm.conf and php.ini, in a folder.";
        };
        extraConfig = obsolete "Lines of the pool. Better set `settings`.";
      };
      config = {
        socket = if config.listen == "" then "/run/phpfpm/${name}.sock" else config.listen;
        group = lib.mkDefault config.user;
        phpOptions = lib.mkBefore cfg.phpOptions;
        files = import ./files.nix {
          inherit lib pkgs cfg name text;
          it = config;
        };
        settings = lib.mapAttrs (_: lib.mkDefault) {
          listen = config.socket;
          user = config.user;
          group = config.group;
        };
      };
    };

  removed = name: why: lib.mkRemovedOptionModule [ "services" "phpfpm" name ] why;
in
{
  imports = [
    (removed "poolConfigs" "Use services.phpfpm.pools.")
    (removed "phpIni" "Use services.phpfpm.phpOptions.")
  ];

  options.services.phpfpm = {
    settings = directives "Directives for all pools, as in php-fpm.conf.";
    extraConfig = obsolete "Lines for all pools. Better set `settings`.";
    phpPackage = lib.mkPackageOption pkgs "php" { };
    phpOptions = mkOption {
      type = types.lines;
      default = "";
      example = "date.timezone = \"CET\"";
      description = "Lines of php.ini.";
    };
    pools = mkOption {
      type = types.attrsOf (types.submodule pool);
      default = { };
      example = {
        app = {
          user = "app";
          settings = {
            pm = "dynamic";
            "pm.max_children" = 32;
          };
        };
      };
      description = "Pools, by their names.";
    };
  };

  config = lib.mkIf (cfg.pools != { }) {
    warnings =
      lib.concatLists (
        lib.mapAttrsToList (
          name: it:
          let
            option = "services.phpfpm.pools.${lib.strings.escapeNixIdentifier name}";
          in
          lib.optional
            (it.listen != "")
            "${option}.listen is an old option. Set settings.listen instead."
          ++ lib.optional
            (it.extraConfig != null)
            "${option}.extraConfig is an old option. Use settings instead."
        ) cfg.pools
      )
      ++ lib.optional
        (cfg.extraConfig != null)
        "services.phpfpm.extraConfig is an old option. Use services.phpfpm.settings instead.";

    services.phpfpm.settings = {
      error_log = "syslog";
      daemonize = false;
    };

    systemd.slices.system-phpfpm.description = "Pools of PHP-FPM";
    systemd.targets.phpfpm = {
      description = "Pools of PHP-FPM";
      wantedBy = [ "multi-user.target" ];
    };
    systemd.services = lib.mapAttrs' (
      name: it:
      lib.nameValuePair "phpfpm-${name}" {
        description = "The pool ${name} of PHP-FPM";
        after = [ "network.target" ];
        wantedBy = [ "phpfpm.target" ];
        partOf = [ "phpfpm.target" ];
        # The file has all extensions; those that Debian would turn on for all are not wanted twice.
        environment.PHP_INI_SCAN_DIR = "";
        serviceConfig = {
          Slice = "system-phpfpm.slice";
          Type = "notify";
          ExecStart =
            "${it.phpPackage}/bin/php-fpm -y ${it.files}/php-fpm.conf -c ${it.files}/php.ini";
          ExecReload = "/usr/bin/kill -USR2 $MAINPID";
          RuntimeDirectory = "phpfpm";
          RuntimeDirectoryPreserve = true;
          Restart = "always";
          PrivateDevices = true;
          PrivateTmp = true;
          ProtectSystem = "full";
          ProtectHome = true;
          # Programs send mail, whose program looks for the network's interfaces.
          RestrictAddressFamilies = [
            "AF_UNIX"
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK"
          ];
        };
      }
    ) cfg.pools;
  };
}
