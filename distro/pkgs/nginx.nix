# nginx as nixpkgs has it: with a folder `conf`, `override` for its modules, and the modules by nixpkgs' names. Debian's modules are
# packages of their own, which the configuration has to load.
{
  lib,
  self,
  archive,
}:

let
  # Debian packages without their prefix, in the order in which they are loaded. A `?': where the suite has it.
  modules = {
    brotli = [ "http-brotli-filter" "http-brotli-static" ];
    cache-purge = [ "http-cache-purge" ];
    dav = [ "http-dav-ext" ];
    develkit = [ "http-ndk" ];
    echo = [ "http-echo" ];
    fancyindex = [ "http-fancyindex" ];
    geoip = [ "http-geoip" ];
    geoip2 = [ "http-geoip2" ];
    image-filter = [ "http-image-filter" ];
    lua = [ "http-ndk" "http-lua" ];
    mail = [ "mail" ];
    memc = [ "http-memc" ];
    modsecurity = [ "http-modsecurity" ];
    moreheaders = [ "http-headers-more-filter" ];
    nchan = [ "nchan" ];
    njs = [ "http-js" "stream" "stream-js" ];
    pam = [ "http-auth-pam" ];
    perl = [ "http-perl" ];
    push-stream = [ "http-push-stream" ];
    rtmp = [ "rtmp" ];
    set-misc = [ "http-ndk" "http-set-misc" ];
    spnego-http-auth = [ "http-auth-spnego" ];
    srcache-filter = [ "http-srcache-filter" ];
    stream = [ "stream" ];
    stream-geoip = [ "stream" "stream-geoip" ];
    stream-geoip2 = [ "stream" "stream-geoip2" ];
    subsFilter = [ "http-subs-filter" ];
    upload-progress = [ "http-uploadprogress" ];
    upstream-fair = [ "http-upstream-fair" ];
    xslt = [ "http-xslt-filter" ];
  };
  compiled = [ "lua" "njs" "perl" ];

  packageOf = part: self.debianPackages."libnginx-mod-${part}" or null;
  fileOf =
    part:
    let
      known = {
        http-ndk = "ndk_http";
        nchan = "ngx_nchan";
      };
    in
    "${known.${part} or "ngx_${lib.replaceStrings [ "-" ] [ "_" ] part}"}_module.so";

  module =
    name: parts:
    let
      missing = builtins.filter (part: packageOf part == null) parts;
      first = packageOf (lib.last parts);
    in
    if missing != [ ] then
      throw
        "pkgs.nginxModules.${name}: Debian ${archive.suite} has no package libnginx-mod-${lib.head missing}."
    else
      first
      // {
        debianParts = map packageOf parts;
        loadedModules = map (part: "${packageOf part}/lib/nginx/modules/${fileOf part}") parts;
        allowMemoryWriteExecute = builtins.elem name compiled;
      };

  make =
    chosen:
    let
      foreign = builtins.filter (it: !(it ? loadedModules)) chosen;
      nginx =
        self.debianPackages.nginx or (throw
          "pkgs.nginx: Debian ${archive.suite} has no such package."
        );
      common = self.debianPackages.nginx-common;
      tree = self.builtinDerivation "tree" {
        inherit (nginx) name;
        debianPackage = "nginx";
        entries = [
          {
            path = "bin";
            union = [ "${nginx}/bin" ];
          }
          {
            path = "conf";
            target = "${common.deb}/etc/nginx";
          }
          {
            path = "share";
            target = "${common}/share";
          }
        ];
      };
    in
    if foreign != [ ] then
      throw (
        "pkgs.nginx: ${(lib.head foreign).name or "a module"} is not a module of Debian's nginx. Take one of pkgs.nginxModules: "
        + "${lib.concatStringsSep ", " (lib.attrNames modules)}."
      )
    else
      tree
      // {
        inherit (nginx) pname version record deb debianVersion;
        debianPackage = "nginx";
        debianParts = [ nginx common ];
        modules = chosen;
        loadedModules = lib.concatMap (it: it.loadedModules) chosen;
        override =
          {
            modules ? chosen,
            withMail ? false,
            withPerl ? false,
            withStream ? false,
            ...
          }:
          make (
            lib.unique (
              modules
              ++ lib.optional withMail all.mail
              ++ lib.optional withPerl all.perl
              ++ lib.optional withStream all.stream
            )
          );
        bin = make chosen;
        passthru = { modules = chosen; };
        meta = nginx.meta // { mainProgram = "nginx"; };
      };

  all = lib.mapAttrs module modules;
  nginx = make [ ];
in
{
  nginxModules = all;
  inherit nginx;
  nginxMainline = nginx;
  nginxQuic = nginx;
  nginxStable = nginx;
  # The name before 23.05.
  nginxUnstable = nginx;
}
