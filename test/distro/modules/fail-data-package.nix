(import ./system.inc { services.vaultwarden.enable = true; }).config.services.vaultwarden.package.drvPath
