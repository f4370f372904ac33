# The options of a virtual host. `global` are those of services.nginx.
{ lib, global }:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag;
  text =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
  file =
    description:
    mkOption {
      type = types.path;
      example = "/var/lib/secrets/example.org.pem";
      inherit description;
    };
in
{
  options = import ./basic-auth-options.nix { inherit lib; } // {
    serverName = text "example.org" "The host's name, which is the attribute's by default.";
    serverAliases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "www.example.org" ];
      description = "Other names of the host.";
    };
    listen = mkOption {
      type = types.listOf (
        import ./listen-options.nix {
          inherit lib;
          ssl = {
            type = types.bool;
            default = false;
          };
        }
      );
      default = [ ];
      example = [
        {
          addr = "192.0.2.1";
          port = 443;
          ssl = true;
        }
      ];
      description =
        "Where the host is, in place of the addresses and ports that its other options ask for.";
    };
    listenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "127.0.0.1" "[::1]" ];
      description = "Addresses at which the host is, at the usual ports.";
    };
    default = flag false "Whether requests for unknown names go to this host.";

    enableACME =
      flag false "Whether the host has a certificate of its own, which `security.acme` gets.";
    useACMEHost =
      text "example.org" "The name in `security.acme.certs` of the certificate that the host has.";
    acmeRoot = mkOption {
      type = types.nullOr types.str;
      default = "/var/lib/acme/acme-challenge";
      description =
        "The folder of ACME's challenges, or null, if `security.acme` says how they are answered.";
    };
    acmeFallbackHost =
      text "other.example.org" "The host that is asked for challenges which are not in `acmeRoot`.";
    addSSL = flag false "Whether the host has https in addition to http.";
    onlySSL = flag false "Whether the host has https alone.";
    forceSSL = flag false "Whether the host has https, and requests of http are redirected there.";
    rejectSSL = flag false "Whether connections of https end before they begin.";
    kTLS = flag false "Whether the kernel encrypts.";
    sslCertificate = file "The file of the certificate and those that signed it.";
    sslCertificateKey = file "The file of the certificate's key, in the machine.";
    sslTrustedCertificate = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The file of certificates that sign those of clients and of OCSP.";
    };
    http2 = flag true "Whether the host has HTTP/2.";
    http3 = flag true "Whether the host has HTTP/3, if it has `quic`.";
    http3_hq = flag false "Whether the host has HTTP/0.9 over QUIC, for tests.";
    quic =
      flag
        false
        "Whether the host has QUIC. `add_header Alt-Svc` in `extraConfig` says so to clients.";
    multipath =
      flag false "Whether connections are of Multipath TCP, which nginx has since 1.29.7.";
    reuseport = flag false "Whether each worker has a socket of its own; once for each address.";

    root = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/var/www";
      description = "The folder of the host's files.";
    };
    globalRedirect = text "new.example.org" "The host that all requests are redirected to.";
    redirectCode = mkOption {
      type = types.ints.between 300 399;
      default = 301;
      example = 308;
      description = "The status of redirections of `globalRedirect` and `forceSSL`.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines at the end of the host's block.";
    };
    locations = mkOption {
      type = types.attrsOf (
        types.submodule (import ./location-options.nix { inherit lib global; })
      );
      default = { };
      example = { "/".proxyPass = "http://127.0.0.1:3000"; };
      description = "What requests get, by their paths, as nginx's directive `location` has them.";
    };
  };
}
