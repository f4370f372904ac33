(import ./system.inc { systemd.services.a = { serviceConfig = { Type = "oneshot"; Restart = "always"; }; }; }).checked
