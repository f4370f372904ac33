(import ./system.inc { services.openssh = { enable = true; settings = { PermitRootLogn = "no"; Match = "User x"; }; }; }).checked
