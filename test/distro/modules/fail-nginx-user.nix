# A line of the file that would be a comment.
(import ./system.inc {
  services.nginx = { enable = true; virtualHosts."x.org".locations."/".basicAuth = { bob = "it's;{"; "#alice" = "hidden"; }; };
}).config.environment.etc."nginx/nginx.conf".source.drvPath
