(import ./system.inc { users.users.bob = { isSystemUser = true; group = "bobs"; }; }).checked
