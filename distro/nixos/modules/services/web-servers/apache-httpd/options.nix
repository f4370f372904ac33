# Options of services.httpd.
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
  inherit (import ../../../../lib/set-types.nix { inherit lib; }) setWith;
  cfg = config.services.httpd;
  removed = name: why: lib.mkRemovedOptionModule [ "services" "httpd" name ] why;
  ofHosts = name: removed name "Set it on a virtual host of services.httpd.virtualHosts.";
in
{
  imports =
    [
      (removed "extraSubservices" "Use the modules of these services.")
      (removed "stateDir" "It is /run/httpd.")
      (lib.mkRenamedOptionModule
        [ "services" "httpd" "multiProcessingModule" ]
        [ "services" "httpd" "mpm" ]
      )
    ]
    ++ map ofHosts [
      "documentRoot"
      "enableSSL"
      "enableUserDir"
      "globalRedirect"
      "hostName"
      "listen"
      "robotsEntries"
      "servedDirs"
      "servedFiles"
      "serverAliases"
      "sslServerCert"
      "sslServerChain"
      "sslServerKey"
    ];

  options.services.httpd = {
    enable = lib.mkEnableOption "Apache's server of the web";
    package = lib.mkPackageOption pkgs "apacheHttpd" { };
    configFile = mkOption {
      type = types.path;
      defaultText = "what the options make";
      example = lib.literalExpression "./httpd.conf";
      description = "Its configuration.";
    };
    extraConfig = option types.lines "" "Lines of the configuration.";
    extraModules = mkOption {
      type = types.listOf (
        types.either types.str (
          setWith {
            required.name = types.str;
            required.path = types.either types.path types.str;
          }
        )
      );
      default = [ ];
      example = [ "proxy_connect" ];
      description = "Further modules: the name of one that Apache has, or { name, path }.";
    };
    adminAddr = option (types.nullOr types.str) null "The mail address of the administrator.";
    logFormat =
      option
        types.str
        "common"
        "The format of the log: combined, common, referer, agent, one of your own, or `none` for no log.";
    logLevel =
      option
        (types.nullOr (
          types.enum ([
            "emerg"
            "alert"
            "crit"
            "error"
            "warn"
            "notice"
            "info"
            "debug"
          ] ++ map (level: "trace${toString level}") (lib.range 1 8))
        ))
        "notice"
        "What is logged of errors.";
    logPerVirtualHost = option types.bool true "Whether each virtual host has logs of its own.";
    user = option types.str "wwwrun" "The user as whom it runs.";
    group = option types.str "wwwrun" "The group in which it runs.";
    logDir = option types.path "/var/log/httpd" "The folder of the logs.";
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule ./vhost-options.nix);
      default.localhost.documentRoot = "/usr/share/apache2/default-site";
      example."www.example.org" = {
        forceSSL = true;
        enableACME = true;
        documentRoot = "/var/www";
      };
      description = "Virtual hosts. The default is a page that says that the server works.";
    };
    enableMellon = option types.bool false "Whether it has the module auth_mellon, for SAML.";
    enablePerl = option types.bool false "Whether it has the module for Perl.";
    enablePHP =
      option
        types.bool
        false
        "Whether it has the module for PHP. PHP-FPM is the other way: `services.phpfpm`.";
    phpPackage = lib.mkPackageOption pkgs "php" { };
    phpOptions = mkOption {
      type = types.lines;
      default = "";
      example = "date.timezone = \"CET\"";
      description = "Lines of php.ini.";
    };
    mpm = mkOption {
      type = types.enum [ "event" "prefork" "worker" ];
      default = if cfg.enablePHP then "prefork" else "event";
      defaultText = "event; with `enablePHP` prefork, as Debian's PHP does not run in threads";
      description = "How it runs: in processes (prefork), or in processes with threads.";
    };
    maxClients = option types.int 150 "The largest number of processes (prefork).";
    maxRequestsPerChild =
      option types.int 0 "After how many requests a process is replaced (prefork); 0 for never.";
    sslCiphers = option types.str "HIGH:!aNULL:!MD5:!EXP" "Ciphers of https.";
    sslProtocols = option types.str "All -SSLv2 -SSLv3 -TLSv1 -TLSv1.1" "Versions of TLS.";
  };
}
