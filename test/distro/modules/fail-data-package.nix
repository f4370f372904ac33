(import ./system.inc { services.vaultwarden.enable = true; }).config.system.build.toplevel.drvPath
