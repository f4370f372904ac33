# The options of a location of a virtual host. `global` are those of services.nginx.
{ lib, global }:

let
  inherit (lib) mkOption types;
  words =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
  folder =
    description:
    mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/var/www";
      inherit description;
    };
in
{
  options = import ./basic-auth-options.nix { inherit lib; } // {
    proxyPass = words "http://127.0.0.1:3000" "The server that requests are passed to.";
    proxyWebsockets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether connections of WebSocket are passed, too.";
    };
    uwsgiPass = words "unix:/run/app/app.sock" "The uwsgi server that requests are passed to.";
    index = words "index.php index.html" "Files that are shown for a folder.";
    tryFiles = words "$uri =404" "Files that are tried in this order.";
    root = folder "The folder below which the files of requests' paths are.";
    alias = folder "The folder that stands for the location's path.";
    return = mkOption {
      type = types.nullOr (types.either types.str types.int);
      default = null;
      example = "301 https://example.org$request_uri";
      description = "The status, and text or address, that requests get.";
    };
    fastcgiParams = mkOption {
      type = types.attrsOf (types.either types.str types.path);
      default = { };
      description = "Parameters for FastCGI, in addition to the usual ones, or in place of them.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines at the end of the location.";
    };
    priority = mkOption {
      type = types.int;
      default = 1000;
      description = "Its place among the locations of the host: smaller numbers come first.";
    };
    recommendedProxySettings = mkOption {
      type = types.bool;
      default = global.recommendedProxySettings;
      defaultText = lib.literalExpression "config.services.nginx.recommendedProxySettings";
      description =
        "Whether the server of `proxyPass` gets headers with the client's address and the host's name.";
    };
    recommendedUwsgiSettings = mkOption {
      type = types.bool;
      default = global.recommendedUwsgiSettings;
      defaultText = lib.literalExpression "config.services.nginx.recommendedUwsgiSettings";
      description = "Whether the server of `uwsgiPass` gets the usual parameters.";
    };
  };
}
