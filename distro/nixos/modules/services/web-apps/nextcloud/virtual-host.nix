# Nextcloud's virtual host of nginx, by the administration manual of Nextcloud.
{
  lib,
  cfg,
  webroot,
  socket,
}:

let
  inherit (lib) optionalString;
  onOff = value: if value then "on" else "off";
  notFound = {
    priority = 450;
    extraConfig = "return 404;\n";
  };
  headers = {
    Referrer-Policy = "no-referrer";
    X-Content-Type-Options = "nosniff";
    X-Download-Options = "noopen";
    X-Frame-Options = "sameorigin";
    X-Permitted-Cross-Domain-Policies = "none";
    X-Robots-Tag = "\"noindex, nofollow\"";
    X-XSS-Protection = "\"1; mode=block\"";
  };
  # What PHP runs by its own name; index.php gets all else.
  programs = [
    "index"
    "remote"
    "public"
    "cron"
    "core/ajax/update"
    "status"
    "ocs/v[12]"
    "updater/.+"
    "ocs-provider/.+"
    ".+/richdocumentscode(_arm64)?/proxy"
  ];
  compressed =
    map (type: "application/${type}") [
      "atom+xml"
      "javascript"
      "json"
      "ld+json"
      "manifest+json"
      "rss+xml"
      "vnd.geo+json"
      "vnd.ms-fontobject"
      "wasm"
      "x-font-ttf"
      "x-web-app-manifest+json"
      "xhtml+xml"
      "xml"
    ]
    ++ [ "font/opentype" "image/bmp" "image/svg+xml" "image/x-icon" ]
    ++ map (type: "text/${type}") [
      "cache-manifest"
      "css"
      "javascript"
      "plain"
      "vcard"
      "vnd.rim.location.xloc"
      "vtt"
      "x-component"
      "x-cross-domain-policy"
    ];
in
{
  root = webroot;
  locations = {
    "= /robots.txt" = {
      priority = 100;
      extraConfig = "allow all;\naccess_log off;\n";
    };
    # Windows' client for WebDAV asks for the root.
    "= /" = {
      priority = 100;
      extraConfig =
        "if ($http_user_agent ~ ^DavClnt) { return 302 /remote.php/webdav/$is_args$args; }\n";
    };
    "^~ /.well-known" = {
      priority = 210;
      extraConfig = ''
        absolute_redirect off;
        location = /.well-known/carddav { return 301 /remote.php/dav/; }
        location = /.well-known/caldav { return 301 /remote.php/dav/; }
        location ~ ^/\.well-known/(?!acme-challenge|pki-validation) { return 301 /index.php$request_uri; }
        try_files $uri $uri/ =404;
      '';
    };
    "~ ^/(?:build|tests|config|lib|3rdparty|templates|data)(?:$|/)" = notFound;
    "~ ^/(?:\\.|autotest|occ|issue|indie|db_|console)" = notFound;
    "~ \\.php(?:$|/)" = {
      priority = 500;
      fastcgiParams = {
        HTTPS = onOff cfg.https;
        PATH_INFO = "$path_info";
        SCRIPT_FILENAME = "$document_root$fastcgi_script_name";
        front_controller_active = "true";
        modHeadersAvailable = "true";
      };
      extraConfig = ''
        rewrite ^/(?!${lib.concatStringsSep "|" programs}) /index.php$request_uri;
        fastcgi_split_path_info ^(.+?\.php)(/.*)$;
        set $path_info $fastcgi_path_info;
        try_files $fastcgi_script_name =404;
        fastcgi_pass unix:${socket};
        fastcgi_intercept_errors on;
        fastcgi_request_buffering ${onOff cfg.nginx.enableFastcgiRequestBuffering};
        fastcgi_read_timeout ${toString cfg.fastcgiTimeout}s;
      '';
    };
    "~ \\.(?:css|js|mjs|svg|gif|png|jpg|jpeg|ico|wasm|tflite|map|html|ttf|bcmap|mp4|webm|ogg|flac)$".extraConfig = ''
      try_files $uri /index.php$request_uri;
      expires 6M;
      access_log off;
      location ~ \.mjs$ { default_type text/javascript; }
      location ~ \.wasm$ { default_type application/wasm; }
    '';
    "~ ^\\/(?:updater|ocs-provider)(?:$|\\/)".extraConfig = ''
      try_files $uri/ =404;
      index index.php;
    '';
    "/remote" = {
      priority = 1500;
      extraConfig = "return 301 /remote.php$request_uri;\n";
    };
    "/" = {
      priority = 1600;
      extraConfig = "try_files $uri $uri/ /index.php$request_uri;\n";
    };
  };
  extraConfig = ''
    index index.php index.html /index.php$request_uri;
    ${
      optionalString cfg.nginx.recommendedHttpHeaders (
        lib.concatStrings (
          lib.mapAttrsToList (name: value: "add_header ${name} ${value} always;\n") headers
        )
      )
    }
    ${
      optionalString
        cfg.https
        "add_header Strict-Transport-Security \"max-age=${toString cfg.nginx.hstsMaxAge}; includeSubDomains\" always;"
    }
    client_max_body_size ${cfg.maxUploadSize};
    fastcgi_buffers 64 4K;
    fastcgi_hide_header X-Powered-By;
    gzip on;
    gzip_vary on;
    gzip_comp_level 4;
    gzip_min_length 256;
    gzip_proxied expired no-cache no-store private no_last_modified no_etag auth;
    gzip_types ${lib.concatStringsSep " " compressed};
    ${
      optionalString cfg.webfinger ''
        rewrite ^/\.well-known/host-meta /public.php?service=host-meta last;
        rewrite ^/\.well-known/host-meta\.json /public.php?service=host-meta-json last;
      ''
    }
  '';
}
