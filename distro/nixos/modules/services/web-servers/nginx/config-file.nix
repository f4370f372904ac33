# The text of nginx.conf. `hosts` are the virtual hosts with the names and files of their certificates.
{
  lib,
  pkgs,
  cfg,
  hosts,
  isProvedHere,
}:

let
  inherit (lib) optional optionals;
  inherit (import ../../../../lib/formats { inherit lib; }) nginx;
  inherit (nginx) block path switch verbatim word words;

  at = option: "services.nginx.${option}";
  set = option: name: nginx.directive (at option) name cfg.${option};
  setAll = option: names: lib.concatMap (name: set option name) names;

  proxyHeaders = pkgs.writeText "nginx-proxy-headers.conf" ''
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Server $hostname;
  '';

  # What is worth to be compressed, beside text/html, which always is.
  compressed = lib.concatStringsSep " " (
    map (kind: "application/${kind}") [
      "atom+xml"
      "geo+json"
      "javascript"
      "json"
      "ld+json"
      "manifest+json"
      "rdf+xml"
      "vnd.ms-fontobject"
      "wasm"
      "x-rss+xml"
      "x-web-app-manifest+json"
      "xhtml+xml"
      "xliff+xml"
      "xml"
    ]
    ++ map (kind: "font/${kind}") [ "collection" "otf" "ttf" ]
    ++ map (kind: "image/${kind}") [ "bmp" "svg+xml" "vnd.microsoft.icon" ]
    ++ map (kind: "text/${kind}") [
      "cache-manifest"
      "calendar"
      "css"
      "csv"
      "javascript"
      "markdown"
      "plain"
      "vcard"
      "vnd.rim.location.xloc"
      "vtt"
      "x-component"
      "xml"
    ]
  );
  compression =
    name: lines:
    [ "${name} on;" ] ++ map (line: "${name}_${line};") lines ++ [ "${name}_types ${compressed};" ];

  resolver =
    let
      option = at "resolver";
    in
    optional (cfg.resolver.addresses != [ ]) (
      "resolver ${lib.concatMapStringsSep " " (word "${option}.addresses") cfg.resolver.addresses}"
      + lib.optionalString
        (cfg.resolver.valid != "")
        " valid=${word "${option}.valid" cfg.resolver.valid}"
      + lib.optionalString (!cfg.resolver.ipv4) " ipv4=off"
      + lib.optionalString (!cfg.resolver.ipv6) " ipv6=off"
      + ";"
    );

  upstream =
    name: it:
    let
      option = at "upstreams.${lib.strings.escapeNixIdentifier name}";
      parameter =
        key: value:
        let
          known = word "${option}.servers" key;
        in
        if value == true then
          [ known ]
        else
          optional (value != false) "${known}=${word "${option}.servers" (toString value)}";
      server =
        address: parameters:
        "server ${
          lib.concatStringsSep " " ([
            (word "${option}.servers" address)
          ] ++ lib.concatLists (lib.mapAttrsToList parameter parameters))
        };";
    in
    block "upstream ${word (at "upstreams") name}" (
      lib.mapAttrsToList server it.servers ++ verbatim it.extraConfig
    );

  cache =
    name: it:
    let
      option = "${at "proxyCachePath"}.${lib.strings.escapeNixIdentifier name}";
      value = key: word "${option}.${key}" it.${key};
    in
    "proxy_cache_path ${path (at "proxyCachePath") "/var/cache/nginx/${name}"} "
    + "keys_zone=${value "keysZoneName"}:${value "keysZoneSize"} levels=${value "levels"} "
    + "use_temp_path=${if it.useTempPath then "on" else "off"} inactive=${value "inactive"} max_size=${value "maxSize"};";

  basics = [
    "include ${path (at "defaultMimeTypes") cfg.defaultMimeTypes};"
    "types_hash_max_size ${toString cfg.typesHashMaxSize};"
    "include ${cfg.package}/conf/fastcgi.conf;"
    "include ${cfg.package}/conf/uwsgi_params;"
    "default_type application/octet-stream;"
  ];

  server = import ./server.nix { inherit lib cfg pkgs proxyHeaders isProvedHere; };

  http =
    basics
    ++ resolver
    ++ lib.concatLists (lib.mapAttrsToList upstream cfg.upstreams)
    ++ optionals cfg.recommendedOptimisation [
      "sendfile on;"
      "tcp_nopush on;"
      "tcp_nodelay on;"
      "keepalive_timeout 65;"
    ]
    ++ set "sslProtocols" "ssl_protocols"
    ++ optional
      (cfg.sslCiphers != null)
      "ssl_ciphers ${word (at "sslCiphers") (lib.concatStringsSep ":" (lib.toList cfg.sslCiphers))};"
    ++ optional (cfg.sslDhparam != null) "ssl_dhparam ${path (at "sslDhparam") cfg.sslDhparam};"
    ++ optionals cfg.recommendedTlsSettings [
      "ssl_session_timeout 1d;"
      "ssl_session_cache shared:SSL:10m;"
      # A key of tickets that is never changed would make all connections readable to who gets it.
      "ssl_session_tickets off;"
      "ssl_prefer_server_ciphers off;"
    ]
    ++ optionals cfg.recommendedBrotliSettings (
      compression "brotli" [ "static on" "comp_level 5" "window 512k" "min_length 256" ]
    )
    ++ optionals cfg.recommendedGzipSettings (
      compression "gzip" [
        "static on"
        "vary on"
        "comp_level 5"
        "min_length 256"
        "proxied expired no-cache no-store private auth"
      ]
    )
    ++ optionals cfg.experimentalZstdSettings (
      compression "zstd" [ "static on" "comp_level 9" "min_length 256" ]
    )
    ++ optionals cfg.recommendedProxySettings (
      [ "proxy_redirect off;" ]
      ++ setAll "proxyTimeout" [
        "proxy_connect_timeout"
        "proxy_send_timeout"
        "proxy_read_timeout"
      ]
      ++ [
        "proxy_http_version 1.1;"
        # Else clients would close connections that are kept for others.
        "proxy_set_header Connection \"\";"
        "include ${proxyHeaders};"
      ]
    )
    ++ optionals cfg.recommendedUwsgiSettings (
      setAll "uwsgiTimeout" [
        "uwsgi_connect_timeout"
        "uwsgi_send_timeout"
        "uwsgi_read_timeout"
      ]
      ++ [
        "uwsgi_param HTTP_CONNECTION \"\";"
        "include ${cfg.package}/conf/uwsgi_params;"
      ]
    )
    ++ set "mapHashBucketSize" "map_hash_bucket_size"
    ++ set "mapHashMaxSize" "map_hash_max_size"
    ++ set "serverNamesHashBucketSize" "server_names_hash_bucket_size"
    ++ set "serverNamesHashMaxSize" "server_names_hash_max_size"
    ++ block "map $http_upgrade $connection_upgrade" [
      "default upgrade;"
      "'' close;"
    ]
    ++ set "clientMaxBodySize" "client_max_body_size"
    ++ [ (switch "server_tokens" cfg.serverTokens) ]
    ++ verbatim cfg.commonHttpConfig
    ++ lib.mapAttrsToList cache (lib.filterAttrs (_: it: it.enable) cfg.proxyCachePath)
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name: host:
        server name (host // {
          extraConfig = lib.concatStringsSep "\n" (
            verbatim cfg.commonServerConfig ++ verbatim host.extraConfig
          );
        })
      ) hosts
    )
    ++ verbatim cfg.appendHttpConfig;

  # Parts of nginx that are modules in Debian, and that nixpkgs' has built in, or that one would have to ask for there.
  mentions =
    name:
    builtins.match ".*(^|[[:space:];}])${name}[[:space:]]*[{].*" (
      "\n" + cfg.prependConfig + "\n" + cfg.config + "\n" + cfg.appendConfig
    )
    != null;
  modules =
    cfg.package.loadedModules or [ ]
    ++ optionals (cfg.package ? loadedModules) (
      optionals (cfg.streamConfig != "" || mentions "stream") pkgs.nginxModules.stream.loadedModules
      ++ optionals (mentions "mail") pkgs.nginxModules.mail.loadedModules
    );
in
lib.concatStringsSep "\n" (
  map (module: "load_module ${module};") (lib.unique modules)
  ++ verbatim cfg.prependConfig
  ++ [ "pid /run/nginx/nginx.pid;" ]
  ++ set "logError" "error_log"
  ++ [ "daemon off;" ]
  ++ optional cfg.enableQuicBPF "quic_bpf on;"
  ++ verbatim cfg.config
  ++ optionals (cfg.eventsConfig != "" || cfg.config == "") (
    block "events" (verbatim cfg.eventsConfig)
  )
  ++ optionals (cfg.httpConfig == "" && cfg.config == "") (block "http" http)
  ++ optionals (cfg.httpConfig != "") (block "http" (basics ++ verbatim cfg.httpConfig))
  ++ optionals (cfg.streamConfig != "") (block "stream" (verbatim cfg.streamConfig))
  ++ verbatim cfg.appendConfig
)
+ "\n"
