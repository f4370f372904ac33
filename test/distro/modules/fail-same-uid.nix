(import ./system.inc { users.users.a = { isNormalUser = true; uid = 1000; };
    users.users.b = { isNormalUser = true; uid = 1000; }; }).checked
