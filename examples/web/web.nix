# nginx in front of a service of one's own. Its certificate is from Let's Encrypt where example.org is this machine; until then, and
# without a network, it is a self-signed one.
{ pkgs, ... }:

let
  port = 3100;
in
{
  services.nginx = {
    enable = true;
    recommendedTlsSettings = true;
    recommendedOptimisation = true;
    recommendedGzipSettings = true;
    recommendedProxySettings = true;
    virtualHosts."example.org" = {
      forceSSL = true;
      enableACME = true;
      locations."/".proxyPass = "http://127.0.0.1:${toString port}";
    };
  };

  security.acme = {
    acceptTerms = true;
    defaults.email = "admin@example.org";
  };

  # Counts visits, in a folder that outlives restarts.
  systemd.services.counter = {
    description = "Counter of visits";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    environment.PORT = toString port;
    serviceConfig = {
      ExecStart = "${pkgs.nodejs-slim}/bin/node ${./counter/server.js}";
      DynamicUser = true;
      StateDirectory = "counter";
      Restart = "on-failure";
    };
  };

  networking.firewall.allowedTCPPorts = [ 80 443 ];
}
