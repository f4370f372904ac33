(import ./system.inc { services.opensh.enable = true; }).checked
