(import ./system.inc { system.autoUpgrade.enable = true; }).checked
