(import ./system.inc {
  services.vaultwarden.environmentFile = [ "/run/secrets/a" ./system.inc ];
}).config.services.vaultwarden.environmentFile
