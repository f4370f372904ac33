# What nixpkgs has beside the programs of PHP: `extensions', `withExtensions' and `buildEnv'. Debian's extensions are packages, each with
# one extension or several.
{
  lib,
  self,
  combine,
}:

version:
let
  # nixpkgs' names -> the Debian package after `phpVERSION-', or null for what PHP has anyway.
  packageOf =
    {
      dom = "xml";
      mysqli = "mysql";
      mysqlnd = "mysql";
      odbc = "odbc";
      pdo_mysql = "mysql";
      pdo_odbc = "odbc";
      pdo_pgsql = "pgsql";
      pdo_sqlite = "sqlite3";
      simplexml = "xml";
      xmlreader = "xml";
      xmlwriter = "xml";
      xsl = "xml";
    }
    // lib.genAttrs [
      "calendar"
      "ctype"
      "exif"
      "ffi"
      "fileinfo"
      "ftp"
      "gettext"
      "iconv"
      "pdo"
      "phar"
      "posix"
      "shmop"
      "sockets"
      "sysvmsg"
      "sysvsem"
      "sysvshm"
      "tokenizer"
    ] (_: "common")
    // lib.genAttrs [ "filter" "openssl" "pcntl" "session" "sodium" "zlib" ] (_: null);

  # Those that nixpkgs' PHP has without being asked.
  usual = [
    "bcmath"
    "curl"
    "gd"
    "intl"
    "mbstring"
    "mysql"
    "opcache"
    "pgsql"
    "readline"
    "soap"
    "sqlite3"
    "xml"
    "zip"
  ];

  prefix = "php${version}-";
  names = lib.filter (lib.hasPrefix prefix) (lib.attrNames self.debianPackages);
  suffixes = map (lib.removePrefix prefix) names;
  package = suffix: self.debianPackages."${prefix}${suffix}";
  extensions =
    lib.listToAttrs (
      map (
        suffix: lib.nameValuePair (lib.replaceStrings [ "-" ] [ "_" ] suffix) (package suffix)
      ) suffixes
    )
    // lib.mapAttrs (_: suffix: if suffix == null then null else package suffix) packageOf;
  enabled = map package (lib.filter (suffix: lib.elem suffix suffixes) usual);

  make =
    chosen: extraConfig:
    let
      added = lib.unique (map (it: it.debianPackage) (lib.filter (it: it != null) chosen));
      attr = "php${lib.replaceStrings [ "." ] [ "" ] version}";
    in
    combine
      attr
      (
        [ "${prefix}cli" "${prefix}common" "${prefix}fpm" ]
        ++ lib.subtractLists [ "${prefix}cli" "${prefix}common" "${prefix}fpm" ] added
      )
      (extra chosen extraConfig);

  extra =
    chosen: extraConfig:
    let
      choose =
        select:
        select {
          enabled = chosen;
          all = extensions;
        };
    in
    {
      phpVersion = version;
      inherit extensions extraConfig;
      enabledExtensions = chosen;
      withExtensions = select: make (choose select) extraConfig;
      buildEnv =
        {
          extensions ? ({ enabled, ... }: enabled),
          extraConfig ? "",
          ...
        }:
        make (choose extensions) extraConfig;
    };
in
extra enabled ""
