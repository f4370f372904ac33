(import ./system.inc { networking.networkmanager.enable = true; }).checked
