# The options of a host of Caddy. `cfg` are those of services.caddy.
{ cfg }:
{
  config,
  lib,
  name,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
in
{
  options = {
    hostName = mkOption {
      type = types.str;
      default = name;
      description =
        "The host's name, which is the attribute's by default; one that begins with `http://` has no certificate.";
    };
    serverAliases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "www.example.org" ];
      description = "Other names of the host.";
    };
    listenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "127.0.0.1" "::1" ];
      description = "The addresses at which the host is.";
    };
    useACMEHost = mkOption {
      type = types.nullOr types.str;
      default = null;
      description =
        "The name in `security.acme.certs` of the certificate that the host has, in place of one that Caddy gets.";
    };
    logFormat = mkOption {
      type = types.nullOr types.lines;
      default = "output file ${cfg.logDir}/access-${lib.replaceStrings [ "/" " " ] [ "_" "_" ] config.hostName}.log";
      defaultText = lib.literalMD "a file in `services.caddy.logDir`";
      description = "Lines of the host's block `log`; null logs nothing.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "reverse_proxy 127.0.0.1:3000";
      description = "Lines of the host's block.";
    };
  };
}
