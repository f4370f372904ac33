(import ./system.inc { users.users.bob = { isSystemUser = true; isNormalUser = true; }; }).checked
