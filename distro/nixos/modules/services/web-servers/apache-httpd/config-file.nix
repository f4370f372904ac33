# httpd.conf. With `checking` it is for apachectl -t where it is built: it names no account and no file that only the machine has;
# @here@ stands for the folder of the check.
{
  lib,
  pkgs,
  config,
  cfg,
  checking,
}:

let
  inherit (lib) optional optionalString concatMap;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  inherit (config.security.acme) certs;
  acmeHosts = import ../../../../lib/acme-hosts.nix { inherit config lib; };
  isDebian = import ../../../../../pkgs/is-debian.nix cfg.package;
  root = if isDebian then "/usr/lib/apache2" else "${cfg.package}";
  option = "services.httpd";
  hosts = lib.mapAttrsToList (
    name: host: host // { at = "${option}.virtualHosts.${lib.strings.escapeNixIdentifier name}"; }
  ) cfg.virtualHosts;

  # A word of a directive, in quotes.
  quoted =
    at: value:
    "\"${
      lib.replaceStrings [ "\\" "\"" ] [ "\\\\" "\\\"" ] (
        text.line { option = at; file = "httpd.conf"; } (
          if builtins.isPath value then "${value}" else toString value
        )
      )
    }\"";
  word =
    at:
    text.word {
      option = at;
      file = "httpd.conf";
    };
  # Files and folders of the machine.
  here = path: if checking then "@here@" else path;
  logs = here cfg.logDir;
  run = here "/run/httpd";

  listeners =
    host:
    if host.listen != [ ] then
      host.listen
    else
      lib.optionals (host.onlySSL || host.addSSL || host.forceSSL) (
        map (ip: {
          inherit ip;
          port = 443;
          ssl = true;
        }) host.listenAddresses
      )
      ++ lib.optionals (!host.onlySSL) (
        map (ip: {
          inherit ip;
          port = 80;
          ssl = false;
        }) host.listenAddresses
      );
  all = concatMap listeners hosts;
  address = at: it: "${word at it.ip}:${toString it.port}";

  # ---- Modules: their order counts. Debian's server has some of them in itself. ----
  debian = name: file: {
    inherit name;
    path = "/usr/lib/apache2/modules/${file}.so";
  };
  modules =
    lib.subtractLists (lib.optionals isDebian [ "log_config" "unixd" ]) (
      [
        "authn_core"
        "authz_core"
        "log_config"
        "mime"
        "autoindex"
        "negotiation"
        "dir"
        "alias"
        "rewrite"
        "unixd"
        "slotmem_shm"
        "socache_shmcb"
        "mpm_${cfg.mpm}"
        (if cfg.mpm == "prefork" then "cgi" else "cgid")
      ]
      ++ optional (lib.any (host: host.http2) hosts) "http2"
      ++ optional (lib.any (it: it.ssl) all) "ssl"
      ++ optional (lib.any (host: host.enableUserDir) hosts) "userdir"
    )
    ++ optional cfg.enableMellon (debian "auth_mellon" "mod_auth_mellon")
    ++ optional cfg.enablePHP (debian "php" "libphp${cfg.phpPackage.phpVersion}")
    ++ optional cfg.enablePerl (debian "perl" "mod_perl")
    ++ cfg.extraModules;
  load =
    module:
    let
      it =
        if builtins.isString module then
          {
            name = module;
            path = "${root}/modules/mod_${module}.so";
          }
        else
          module;
    in
    "LoadModule ${word "${option}.extraModules" it.name}_module ${quoted "${option}.extraModules" it.path}";

  # ---- Virtual hosts ----
  block =
    name: argument: lines:
    [ "<${name} ${argument}>" ] ++ map (line: "  ${line}") lines ++ [ "</${name}>" ];
  verbatim =
    lines: lib.optionals (lines != "") (lib.splitString "\n" (lib.removeSuffix "\n" lines));
  directive = at: name: value: optional (value != null) "${name} ${quoted at value}";
  served =
    path: options: block "Directory" (quoted option path) ([ "Require all granted" ] ++ options);

  locationLines =
    host: path: it:
    let
      at = "${host.at}.locations.${lib.strings.escapeNixIdentifier path}";
    in
    block "Location" (quoted at path) (
      lib.optionals (it.proxyPass != null) [
        "ProxyPass ${quoted "${at}.proxyPass" it.proxyPass}"
        "ProxyPassReverse ${quoted "${at}.proxyPass" it.proxyPass}"
      ]
      ++ optional
        (it.index != null)
        "DirectoryIndex ${text.line { option = "${at}.index"; file = "httpd.conf"; } it.index}"
      ++ directive "${at}.alias" "Alias" it.alias
      ++ verbatim it.extraConfig
    );
  challenge =
    host:
    lib.optionals ((host.enableACME || host.useACMEHost != null) && host.acmeRoot != null) ([
      "Alias /.well-known/acme-challenge/ ${quoted host.at "${host.acmeRoot}/.well-known/acme-challenge/"}"
    ] ++ served host.acmeRoot [ "AllowOverride None" ]);
  content =
    host:
    let
      documents = if host.documentRoot != null then host.documentRoot else pkgs.emptyDirectory;
      names = builtins.sort (a: b: host.locations.${a}.priority < host.locations.${b}.priority) (
        lib.attrNames host.locations
      );
      file = text.fileName {
        option = "${host.at}.hostName";
        file = "httpd.conf";
      } host.hostName;
    in
    lib.optionals (cfg.logPerVirtualHost && cfg.logFormat != "none") [
      "ErrorLog ${quoted host.at "${logs}/error-${file}.log"}"
      "CustomLog ${quoted host.at "${logs}/access-${file}.log"} ${quoted "${host.at}.logFormat" host.logFormat}"
    ]
    ++ optional
      (host.robotsEntries != "")
      "Alias /robots.txt ${pkgs.writeText "robots.txt" host.robotsEntries}"
    ++ [ "DocumentRoot ${quoted "${host.at}.documentRoot" documents}" ]
    ++ served documents [ "Options Indexes FollowSymLinks" "AllowOverride None" ]
    ++ lib.optionals host.enableUserDir (
      [ "UserDir public_html" "UserDir disabled root" ]
      ++ served "/home/*/public_html" [
        "AllowOverride FileInfo AuthConfig Limit Indexes"
        "Options MultiViews Indexes SymLinksIfOwnerMatch IncludesNoExec"
      ]
    )
    ++ directive "${host.at}.globalRedirect" "RedirectPermanent /" host.globalRedirect
    ++ concatMap (
      it:
      [ "Alias ${quoted host.at it.urlPath} ${quoted host.at "${it.dir}/"}" ]
      ++ served it.dir [ "Options +Indexes" "AllowOverride All" ]
    ) host.servedDirs
    ++ concatMap (path: locationLines host path host.locations.${path}) names
    ++ verbatim host.extraConfig;
  certificate =
    host:
    let
      cert = acmeHosts.certNameOf host.hostName host;
      folder = certs.${cert}.directory;
      isACME = cert != null;
      file = name: acme: own: [
        "${name} ${quoted host.at (if checking then "@here@/httpd.conf" else if isACME then "${folder}/${acme}" else own)}"
      ];
    in
    file "SSLCertificateFile" "fullchain.pem" host.sslServerCert
    ++ file "SSLCertificateKeyFile" "key.pem" host.sslServerKey
    ++ lib.optionals (isACME || host.sslServerChain != null) (
      file "SSLCertificateChainFile" "chain.pem" host.sslServerChain
    );
  virtualHost =
    host:
    let
      isSSL = it: it.ssl;
      make =
        at: lines:
        lib.optionals (at != [ ]) (
          block "VirtualHost" (lib.concatMapStringsSep " " (address host.at) at) (
            directive "${host.at}.hostName" "ServerName" host.hostName
            ++ map (
              alias: "ServerAlias ${word "${host.at}.serverAliases" alias}"
            ) host.serverAliases
            ++ directive "${host.at}.adminAddr" "ServerAdmin" (
              if host.adminAddr != null then host.adminAddr else cfg.adminAddr
            )
            ++ challenge host
            ++ lines
          )
        );
      redirect = [
        "RewriteEngine on"
        "RewriteCond %{REQUEST_URI} !^/.well-known/acme-challenge [NC]"
        "RewriteRule (.*) https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]"
      ];
    in
    make (builtins.filter (it: !isSSL it) (listeners host)) (
      if host.forceSSL then redirect else content host
    )
    ++ make (builtins.filter isSSL (listeners host)) (
      [ "SSLEngine on" ]
      ++ certificate host
      ++ optional host.http2 "Protocols h2 h2c http/1.1"
      ++ content host
    );

  formats = [ "combined" "common" "referer" "agent" ];
  lines =
    [
      "ServerRoot ${root}"
      "ServerName ${quoted "networking.hostName" config.networking.hostName}"
      "DefaultRuntimeDir ${run}"
      "PidFile ${run}/httpd.pid"
    ]
    ++ lib.optionals (!checking) [
      "User ${word "${option}.user" cfg.user}"
      "Group ${word "${option}.group" cfg.group}"
    ]
    ++ lib.unique (map load modules)
    ++ lib.unique (
      map (it: "Listen ${address option it} ${if it.ssl then "https" else "http"}") all
    )
    ++ optional (cfg.mpm != "prefork") "ScriptSock ${run}/cgisock"
    ++ lib.optionals (cfg.mpm == "prefork") [
      "MaxRequestWorkers ${toString cfg.maxClients}"
      "MaxConnectionsPerChild ${toString cfg.maxRequestsPerChild}"
    ]
    ++ [
      "TypesConfig ${if isDebian then "/etc/mime.types" else "${root}/conf/mime.types"}"
      "AddHandler type-map var"
      "IndexOptions FancyIndexing HTMLTable VersionSort"
      "IndexIgnore .??* *~ *# RCS CVS *,v *,t"
      "TraceEnable off"
      "ServerTokens Prod"
      "ServerSignature Off"
      "ErrorLog ${if cfg.logFormat == "none" then "/dev/null" else quoted "${option}.logDir" "${logs}/error.log"}"
    ]
    ++ optional (cfg.logLevel != null) "LogLevel ${cfg.logLevel}"
    ++ [
      ''LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined''
      ''LogFormat "%h %l %u %t \"%r\" %>s %b" common''
      ''LogFormat "%{Referer}i -> %U" referer''
      ''LogFormat "%{User-agent}i" agent''
    ]
    # A format of the user's own is in Apache's quotes already.
    ++ optional
      (cfg.logFormat != "none" && !(lib.elem cfg.logFormat formats))
      "LogFormat \"${text.line { option = "${option}.logFormat"; file = "httpd.conf"; } cfg.logFormat}\" custom"
    ++ optional
      (cfg.logFormat != "none")
      "CustomLog ${quoted "${option}.logDir" "${logs}/access.log"} ${if lib.elem cfg.logFormat formats then cfg.logFormat else "custom"}"
    ++ lib.optionals (lib.any (it: it.ssl) all) [
      "SSLSessionCache shmcb:${run}/ssl_scache(512000)"
      "SSLProtocol ${text.line { option = "${option}.sslProtocols"; file = "httpd.conf"; } cfg.sslProtocols}"
      "SSLCipherSuite ${quoted "${option}.sslCiphers" cfg.sslCiphers}"
      "SSLHonorCipherOrder on"
    ]
    ++ optional cfg.enablePHP "AddType application/x-httpd-php .php .phtml"
    ++ block "Files" "~ \"^\\.ht\"" [ "Require all denied" ]
    ++ block "Directory" "/" [ "Options FollowSymLinks" "AllowOverride None" "Require all denied" ]
    ++ served "/nix/store" [ ]
    ++ verbatim cfg.extraConfig
    ++ concatMap virtualHost hosts;
in
lib.concatStringsSep "\n" lines + "\n"
