# A virtual host as nginx has it: blocks `server`.
{
  lib,
  cfg,
  pkgs,
  proxyHeaders,
  # Whether the certificate of this name is proved by requests to this server.
  isProvedHere,
}:

let
  inherit (lib) optional optionals toList;
  inherit (import ../../../../lib/formats { inherit lib; }) nginx;
  inherit (nginx) block directive path switch verbatim word words;

  http2IsParameter = lib.versionOlder (cfg.package.version or "1.26") "1.25.1";

  /* A file of users with their passwords, as nginx reads it. */
  passwords =
    option: users:
    pkgs.writeText "nginx-users.htpasswd" (
      lib.concatStrings (lib.mapAttrsToList (nginx.password option) users)
    );
  basicAuth =
    option: it:
    optionals (it.basicAuthFile != null || it.basicAuth != { }) [
      "auth_basic secured;"
      "auth_basic_user_file ${
        path "${option}.basicAuthFile" (
          if it.basicAuthFile != null then
            it.basicAuthFile
          else
            passwords "${option}.basicAuth" it.basicAuth
        )
      };"
    ];
  folder = option: name: value: optional (value != null) "${name} ${path option value};";

  # A target that is a variable is looked up at each request, not at the start.
  pass =
    option: name: target: whileRunning:
    if target == null then
      [ ]
    else if whileRunning then
      [
        "set $nix_proxy_target \"${word option target}\";"
        "${name} $nix_proxy_target;"
      ]
    else
      directive option name target;

  fastcgiParams = {
    CONTENT_LENGTH = "$content_length";
    CONTENT_TYPE = "$content_type";
    DOCUMENT_ROOT = "$document_root";
    DOCUMENT_URI = "$document_uri";
    GATEWAY_INTERFACE = "CGI/1.1";
    HTTPS = "$https if_not_empty";
    QUERY_STRING = "$query_string";
    REDIRECT_STATUS = "200";
    REMOTE_ADDR = "$remote_addr";
    REMOTE_PORT = "$remote_port";
    REQUEST_METHOD = "$request_method";
    REQUEST_SCHEME = "$scheme";
    REQUEST_URI = "$request_uri";
    SCRIPT_FILENAME = "$document_root$fastcgi_script_name";
    SCRIPT_NAME = "$fastcgi_script_name";
    SERVER_ADDR = "$server_addr";
    SERVER_NAME = "$server_name";
    SERVER_PORT = "$server_port";
    SERVER_PROTOCOL = "$server_protocol";
    SERVER_SOFTWARE = "nginx/$nginx_version";
  };
  fastcgiParam =
    option: name: value:
    let
      parts = lib.splitString " if_not_empty" "${value}";
    in
    "fastcgi_param ${
      word option name
    } \"${
      words option (lib.replaceStrings [ "\"" ] [ "\\\"" ] (lib.head parts))
    }\"${lib.optionalString (lib.length parts > 1) " if_not_empty"};";

  location =
    host: name: it:
    let
      option = "${host}.locations.${lib.strings.escapeNixIdentifier name}";
    in
    block "location ${words option name}" (
      pass "${option}.proxyPass" "proxy_pass" it.proxyPass cfg.proxyResolveWhileRunning
      ++ optionals it.proxyWebsockets [
        "proxy_http_version 1.1;"
        "proxy_set_header Upgrade $http_upgrade;"
        "proxy_set_header Connection $connection_upgrade;"
      ]
      ++ pass "${option}.uwsgiPass" "uwsgi_pass" it.uwsgiPass cfg.uwsgiResolveWhileRunning
      ++ optionals (it.fastcgiParams != { }) (
        lib.mapAttrsToList (fastcgiParam "${option}.fastcgiParams") (
          fastcgiParams // it.fastcgiParams
        )
      )
      ++ directive "${option}.index" "index" it.index
      ++ directive "${option}.tryFiles" "try_files" it.tryFiles
      ++ folder "${option}.root" "root" it.root
      ++ folder "${option}.alias" "alias" it.alias
      ++ directive "${option}.return" "return" it.return
      ++ verbatim it.extraConfig
      ++ optional (it.proxyPass != null && it.recommendedProxySettings) "include ${proxyHeaders};"
      ++ optional
        (it.uwsgiPass != null && it.recommendedUwsgiSettings)
        "include ${cfg.package}/conf/uwsgi_params;"
      ++ basicAuth option it
    );
  locations =
    option: all:
    lib.concatMap (name: location option name all.${name}) (
      builtins.sort (a: b: all.${a}.priority < all.${b}.priority) (lib.attrNames all)
    );

  # Parameters of `listen` that a socket of UDP has not.
  isOfTcp =
    parameter:
    lib.any (name: lib.hasPrefix name parameter) [
      "accept_filter"
      "backlog"
      "deferred"
      "fastopen"
      "http2"
      "proxy_protocol"
      "so_keepalive"
      "ssl"
    ];
  listenLines =
    option: host: at:
    let
      address = "${word option at.addr}${lib.optionalString (at.port != null) ":${toString at.port}"}";
      extra = map (word option) at.extraParameters or [ ];
      common =
        optional host.default "default_server"
        ++ optional (host.reuseport && !(lib.hasPrefix "unix:" at.addr)) "reuseport";
      line = parameters: "listen ${lib.concatStringsSep " " ([ address ] ++ parameters)};";
    in
    optional (at.ssl && host.quic) (
      line ([ "quic" ] ++ common ++ builtins.filter (p: !(isOfTcp p)) extra)
    )
    ++ [
      (line (
        optional (at.ssl && host.http2 && http2IsParameter) "http2"
        ++ optional at.ssl "ssl"
        ++ common
        ++ optional host.multipath "multipath"
        ++ optional (at.proxyProtocol or false) "proxy_protocol"
        ++ extra
      ))
    ];
in
name: host:
let
  option = "services.nginx.virtualHosts.${lib.strings.escapeNixIdentifier name}";
  hasSSL = host.onlySSL || host.addSSL || host.forceSSL;

  # Addresses that do not say whether they are for https are for all that the host has.
  withPorts =
    addresses:
    let
      at =
        ssl: port: it:
        {
          inherit ssl;
          port = if lib.hasPrefix "unix:" it.addr then null else port;
        }
        // it;
    in
    optionals (hasSSL || host.rejectSSL) (
      map (at true cfg.defaultSSLListenPort) (builtins.filter (it: it.ssl or true) addresses)
    )
    ++ optionals (!host.onlySSL) (
      map (at false cfg.defaultHTTPListenPort) (builtins.filter (it: !(it.ssl or false)) addresses)
    );
  addresses =
    if host.listen != [ ] then
      host.listen
    else if cfg.defaultListen != [ ] then
      withPorts (map (lib.filterAttrs (_: value: value != null)) cfg.defaultListen)
    else
      withPorts (
        map (addr: { inherit addr; }) (
          if host.listenAddresses != [ ] then host.listenAddresses else cfg.defaultListenAddresses
        )
      );
  listen = lib.concatMap (listenLines "${option}.listen" host);

  names = "server_name ${
    lib.concatStringsSep " " ([
      (words "${option}.serverName" host.serverName)
    ] ++ map (words "${option}.serverAliases") host.serverAliases)
  };";

  challenges = optionals (host.certName != null && isProvedHere host.certName) (
    block "location ^~ /.well-known/acme-challenge/" (
      optional (host.acmeFallbackHost != null) "try_files $uri @acme-fallback;"
      ++ folder "${option}.acmeRoot" "root" host.acmeRoot
      ++ [
        "auth_basic off;"
        "auth_request off;"
      ]
    )
    ++ optionals (host.acmeFallbackHost != null) (
      block "location @acme-fallback" [
        "auth_basic off;"
        "auth_request off;"
        "proxy_pass http://${word "${option}.acmeFallbackHost" host.acmeFallbackHost};"
        "proxy_set_header Host $host;"
      ]
    )
  );

  redirect =
    target: block "location /" [ "return ${toString host.redirectCode} ${target}$request_uri;" ];
in
optionals host.forceSSL (
  block "server" (
    listen (builtins.filter (it: !it.ssl) addresses)
    ++ [ names ]
    ++ redirect "https://$host"
    ++ challenges
  )
)
++ block "server" (
  listen (if host.forceSSL then builtins.filter (it: it.ssl) addresses else addresses)
  ++ [ names ]
  ++ optional (hasSSL && host.http2 && !http2IsParameter) "http2 on;"
  ++ optionals (hasSSL && host.quic) [
    (switch "http3" host.http3)
    (switch "http3_hq" host.http3_hq)
  ]
  ++ optionals hasSSL [
    "ssl_certificate ${path "${option}.sslCertificate" host.sslCertificate};"
    "ssl_certificate_key ${path "${option}.sslCertificateKey" host.sslCertificateKey};"
  ]
  ++ optionals hasSSL (
    folder "${option}.sslTrustedCertificate" "ssl_trusted_certificate" host.sslTrustedCertificate
  )
  ++ optional host.rejectSSL "ssl_reject_handshake on;"
  ++ optional (hasSSL && host.kTLS) "ssl_conf_command Options KTLS;"
  ++ basicAuth option host
  ++ folder "${option}.root" "root" host.root
  ++ optionals (host.globalRedirect != null) (
    redirect
      "http${lib.optionalString hasSSL "s"}://${word "${option}.globalRedirect" host.globalRedirect}"
  )
  ++ challenges
  ++ locations option host.locations
  ++ verbatim host.extraConfig
)
