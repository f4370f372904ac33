# The options of nginx.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag lines;
  cfg = config.services.nginx;

  text =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  count =
    description:
    mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      inherit description;
    };
  removed = name: lib.mkRemovedOptionModule [ "services" "nginx" name ];
in
{
  imports =
    [
      (removed "stateDir" "Logs are in /var/log/nginx, and caches in /var/cache/nginx.")
      (removed
        "recommendedZstdSettings"
        "The module for zstd has known faults. services.nginx.experimentalZstdSettings is the option for it now."
      )
    ]
    ++ map
      (
        name:
        lib.mkRenamedOptionModule
          [ "services" "nginx" "proxyCache" name ]
          [ "services" "nginx" "proxyCachePath" "" name ]
      )
      [
        "enable"
        "keysZoneName"
        "keysZoneSize"
        "levels"
        "inactive"
        "useTempPath"
      ];

  options.services.nginx = {
    enable = lib.mkEnableOption "nginx, a server of the web";
    package = mkOption {
      type = types.package;
      default = pkgs.nginx;
      defaultText = lib.literalExpression "pkgs.nginx";
      apply =
        package:
        if package ? override && package ? modules then
          package.override { modules = lib.unique (package.modules ++ cfg.additionalModules); }
        else
          package;
      description = "The package of nginx.";
    };
    additionalModules = mkOption {
      type = types.listOf (types.addCheck types.raw builtins.isAttrs // {
        description = "module of nginx";
      });
      default = [ ];
      example = lib.literalExpression "[ pkgs.nginxModules.fancyindex ]";
      description = "Modules of nginx to load, from `pkgs.nginxModules`.";
    };
    user = text "nginx" "The user that nginx runs as.";
    group = text "nginx" "The group that nginx runs as.";
    preStart = lines "Commands that run before nginx starts.";
    enableReload =
      flag false "Whether a changed configuration is reloaded instead of nginx being restarted.";
    enableQuicBPF =
      flag false "Whether packets of QUIC find their worker by a program in the kernel.";
    validateConfigFile = mkOption {
      type = types.bool;
      default = true;
      description = "Whether `nginx -t` checks the configuration while the system is built.";
    };

    config =
      text "" "The configuration, in place of what other options but those for whole blocks say.";
    prependConfig = lines "Lines at the beginning of the configuration.";
    appendConfig = lines "Lines at the end of the configuration.";
    eventsConfig = lines "Lines of the block `events`.";
    httpConfig = lines "Lines of the block `http`, in place of virtual hosts and settings.";
    commonHttpConfig = lines "Lines of the block `http` before the virtual hosts.";
    appendHttpConfig = lines "Lines at the end of the block `http`.";
    commonServerConfig = lines "Lines of each virtual host.";
    streamConfig = lines "Lines of the block `stream`.";

    statusPage =
      flag
        false
        "Whether http://127.0.0.1/nginx_status shows nginx's connections, to this machine alone.";
    recommendedTlsSettings = flag false "Whether settings that are good for https are set.";
    recommendedOptimisation = flag false "Whether settings that make nginx fast are set.";
    recommendedBrotliSettings = flag false "Whether responses are compressed by brotli.";
    recommendedGzipSettings = flag false "Whether responses are compressed by gzip.";
    experimentalZstdSettings =
      flag false "Whether responses are compressed by zstd. Debian has no module for it.";
    recommendedProxySettings =
      flag
        false
        "Whether servers of `proxyPass` get the usual headers, if a location does not say so itself.";
    recommendedUwsgiSettings =
      flag
        false
        "Whether servers of `uwsgiPass` get the usual parameters, if a location does not say so itself.";
    proxyTimeout =
      text "60s" "How long a server of `proxyPass` may take, with `recommendedProxySettings`.";
    uwsgiTimeout =
      text "60s" "How long a server of `uwsgiPass` may take, with `recommendedUwsgiSettings`.";
    proxyResolveWhileRunning =
      flag false "Whether names of `proxyPass` are looked up at each request, by `resolver`.";
    uwsgiResolveWhileRunning =
      flag false "Whether names of `uwsgiPass` are looked up at each request, by `resolver`.";

    defaultListen = mkOption {
      type = types.listOf (
        import ./listen-options.nix {
          inherit lib;
          ssl = {
            type = types.nullOr types.bool;
            default = null;
          };
        }
      );
      default = [ ];
      example = [ { addr = "192.0.2.1"; } ];
      description = "Where virtual hosts are whose `listen` says nothing.";
    };
    defaultListenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]";
      defaultText =
        lib.literalExpression
          ''[ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]"'';
      description = "The addresses of virtual hosts, if neither they nor `defaultListen` say any.";
    };
    defaultHTTPListenPort = mkOption {
      type = types.port;
      default = 80;
      description = "The port of http.";
    };
    defaultSSLListenPort = mkOption {
      type = types.port;
      default = 443;
      description = "The port of https.";
    };
    defaultMimeTypes = mkOption {
      type = types.path;
      default = "${cfg.package}/conf/mime.types";
      defaultText = lib.literalExpression ''"''${config.services.nginx.package}/conf/mime.types"'';
      description = "The file of kinds of files by their suffixes.";
    };
    typesHashMaxSize = mkOption {
      type = types.ints.positive;
      default = 2688;
      description = "The largest size of the tables of kinds of files.";
    };
    mapHashBucketSize = mkOption {
      type = types.nullOr (types.enum [ 32 64 128 ]);
      default = null;
      description = "The size of a bucket in tables of `map`.";
    };
    mapHashMaxSize = count "The largest size of tables of `map`.";
    serverNamesHashBucketSize = count "The size of a bucket in tables of hosts' names.";
    serverNamesHashMaxSize = count "The largest size of tables of hosts' names.";

    logError =
      text
        "stderr"
        "Where errors are logged: a file, `stderr` or `syslog:...`, and from which level on.";
    serverTokens = flag false "Whether clients see nginx's version.";
    clientMaxBodySize = text "10m" "The largest body of a request.";
    sslCiphers = mkOption {
      type = types.nullOr (types.either types.str (types.listOf types.str));
      default = [
        "ECDHE-ECDSA-AES128-GCM-SHA256"
        "ECDHE-RSA-AES128-GCM-SHA256"
        "ECDHE-ECDSA-AES256-GCM-SHA384"
        "ECDHE-RSA-AES256-GCM-SHA384"
        "ECDHE-ECDSA-CHACHA20-POLY1305"
        "ECDHE-RSA-CHACHA20-POLY1305"
      ];
      description = "The ciphers of TLS up to 1.2.";
    };
    sslProtocols = text "TLSv1.2 TLSv1.3" "The versions of TLS.";
    sslDhparam = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file of parameters for DHE ciphers, which are not among the default ones.";
    };

    proxyCachePath = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            enable = lib.mkEnableOption "the cache";
            keysZoneName = text "cache" "Its name in `proxy_cache`.";
            keysZoneSize = text "10m" "The memory for its keys.";
            levels = text "1:2" "Its levels of folders, and the length of their names.";
            useTempPath = flag false "Whether responses are written elsewhere first.";
            inactive = text "10m" "How long a response is kept that no client requests.";
            maxSize = text "1g" "Its largest size.";
          };
        }
      );
      default = { };
      description = "Caches in /var/cache/nginx, by the names of their folders.";
    };

    resolver = mkOption {
      type = types.submodule {
        options = {
          addresses = mkOption {
            type = types.listOf types.str;
            default = [ ];
            example = [ "[::1]" "127.0.0.1:5353" ];
            description = "Name servers.";
          };
          valid =
            text
              ""
              "How long an address is kept, such as `30s`, in place of the time that name servers say.";
          ipv4 = mkOption {
            type = types.bool;
            default = true;
            description = "Whether addresses of IPv4 are looked up.";
          };
          ipv6 = mkOption {
            type = types.bool;
            default = true;
            description = "Whether addresses of IPv6 are looked up.";
          };
        };
      };
      default = { };
      description = "The name servers that nginx asks for other servers.";
    };

    upstreams = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            servers = mkOption {
              type = types.attrsOf (
                types.submodule {
                  freeformType = types.attrsOf (
                    types.oneOf [
                      types.bool
                      types.int
                      types.str
                    ]
                  );
                  options.backup = flag false "Whether it is asked if the others are down.";
                }
              );
              default = { };
              example = { "10.0.0.2:8080" = { weight = 5; }; };
              description =
                "Addresses of servers, and the parameters of nginx's directive `server`.";
            };
            extraConfig = lines "Lines at the end of the block.";
          };
        }
      );
      default = { };
      description = "Groups of servers, by names for `proxyPass`.";
    };

    virtualHosts = mkOption {
      type = types.attrsOf (
        types.submodule (
          import ./vhost-options.nix {
            inherit lib;
            global = cfg;
          }
        )
      );
      default = { localhost = { }; };
      example = {
        "example.org" = {
          forceSSL = true;
          enableACME = true;
          locations."/".proxyPass = "http://127.0.0.1:3000";
        };
      };
      description = "What the server has, by the names of its hosts.";
    };
  };
}
