(import ./system.inc { users.users.bob = { }; }).checked
