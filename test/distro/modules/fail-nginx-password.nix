# The error does not show the password.
(import ./system.inc {
  services.nginx = { enable = true; virtualHosts."x.org".locations."/".basicAuth = { bob = "it's;{"; alice = "hidden:word"; }; };
}).config.environment.etc."nginx/nginx.conf".source.drvPath
