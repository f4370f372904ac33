# Contradictions among the options of nginx and of certificates.
let
  system = import ../options/system.inc {
    modules = [ {
      fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
      services.nginx = {
        enable = true;
        experimentalZstdSettings = true;
        virtualHosts."example.org" = {
          addSSL = true;
          forceSSL = true;
          enableACME = true;
          locations."/x" = { root = "/a"; alias = "/b"; };
        };
        # Without a definition of that certificate, or defaults for all, nothing says how it is got.
        virtualHosts.other = { onlySSL = true; useACMEHost = "nowhere"; };
      };
      security.acme.certs."*.example.org" = { dnsProvider = "rfc2136"; webroot = "/var/www"; profile = "short"; };
    } ];
  };
  lib = import ../../../distro/lib;
in
lib.checkAssertWarn system.config.assertions [ ] "all assertions hold"
