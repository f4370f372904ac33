(import ./system.inc { users.mutableUsers = false; users.users.a.isNormalUser = true; }).checked
