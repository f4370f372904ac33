(import ./system.inc { users.users.bob = { isSystemUser = true; group = "bobs"; }; networking.firewall.enable = false; }).checked
