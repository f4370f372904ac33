# A virtual host of httpd.
{
  config,
  lib,
  name,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) option;
  inherit (import ../../../../lib/set-types.nix { inherit lib; }) setWith;
  flag = option types.bool false;
  file =
    what:
    mkOption {
      type = types.path;
      example = "/var/lib/certificates/${what}.pem";
      description = "The file of its ${what}.";
    };
  listener = types.submodule {
    options = {
      ip = option types.str "*" "The address, or `*` for all.";
      port = mkOption {
        type = types.port;
        description = "The port.";
      };
      ssl = flag "Whether it is for https.";
    };
  };
in
{
  options = {
    hostName = option types.str name "Its name.";
    serverAliases = option (types.listOf types.str) [ ] "Further names.";
    listen =
      option
        (types.listOf listener)
        [ ]
        "Where it listens, in place of `listenAddresses` and the usual ports.";
    listenAddresses = option (types.nonEmptyListOf types.str) [
      "*"
    ] "The addresses at which it listens.";
    enableSSL = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "An old option: addSSL, onlySSL or forceSSL stand in its place.";
    };
    addSSL = flag "Whether it is reached by https, too.";
    onlySSL = flag "Whether it is reached by https alone.";
    forceSSL = flag "Whether requests by http are redirected to https.";
    enableACME = flag "Whether it has a certificate from an authority, by `security.acme`.";
    useACMEHost =
      option
        (types.nullOr types.str)
        null
        "The name of the certificate in `security.acme.certs` that it has.";
    acmeRoot =
      option
        (types.nullOr types.path)
        "/var/lib/acme/acme-challenge"
        "The folder of what the authority asks for; null for what `security.acme` says.";
    sslServerCert = file "certificate";
    sslServerKey = file "key";
    sslServerChain =
      option
        (types.nullOr types.path)
        null
        "The file of the certificates between its own and the authority's.";
    http2 = option types.bool true "Whether https has HTTP/2.";
    adminAddr = option (types.nullOr types.str) null "The mail address of its administrator.";
    documentRoot =
      option (types.nullOr types.path) null "The folder that is served; null for an empty one.";
    servedDirs =
      option
        (types.listOf (
          setWith {
            required.urlPath = types.str;
            required.dir = types.either types.path types.str;
          }
        ))
        [ ]
        "Further folders: { urlPath, dir } each.";
    servedFiles =
      option
        (types.listOf (
          setWith {
            required.urlPath = types.str;
            required.file = types.either types.path types.str;
          }
        ))
        [ ]
        "An old option: `locations.<name>.alias` stands in its place.";
    extraConfig = option types.lines "" "Lines of the virtual host.";
    enableUserDir = flag "Whether people's folders `public_html` are served.";
    globalRedirect =
      option
        (types.nullOr types.str)
        null
        "An address to which all requests are redirected for good.";
    logFormat = option types.str "common" "The format of its log.";
    robotsEntries = option types.lines "" "Its robots.txt.";
    locations = mkOption {
      type = types.attrsOf (types.submodule ./location-options.nix);
      default = { };
      example."/".proxyPass = "http://localhost:3000";
      description = "Its locations, by their paths.";
    };
  };

  config.locations = lib.listToAttrs (
    map (it: lib.nameValuePair it.urlPath { alias = it.file; }) config.servedFiles
  );
}
