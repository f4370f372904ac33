# The certificate authorities that programs trust: those of Debian's package ca-certificates, more, and less. The bundle
# /etc/ssl/certs/ca-certificates.crt is made with the tree of packages.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.security.pki;
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "security" "pki" "installCACerts" ];
        type = types.bool;
        default = true;
        why = "the package ca-certificates is part of every system";
      }
      {
        path = [ "security" "pki" "useCompatibleBundle" ];
        type = types.bool;
        default = false;
        why = "the bundle has certificates in PEM's usual form, which all programs read";
      }
    ])
  ];

  options.security.pki = {
    certificateFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression "[ ./company-ca.pem ]";
      description = "Files with certificates of authorities that are trusted, too, in PEM.";
    };
    certificates = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Certificates of authorities that are trusted, too, in PEM.";
    };
    caCertificateBlacklist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "GlobalSign Root CA" ];
      description =
        "Authorities that are not trusted: names of files in /usr/share/ca-certificates without `.crt`, where a blank stands for `_`.";
    };
  };

  config.security.pki.certificateFiles = lib.optional (cfg.certificates != [ ]) (
    pkgs.writeText "certificates.pem" (lib.concatMapStrings (c: "${c}\n") cfg.certificates)
  );
}
