# No error shows a password.
(import ./system.inc {
  services.redis.servers.a = { enable = true; settings.requirepass = "hidden\nword"; };
}).config.systemd.services.redis-a.serviceConfig.ExecStartPre
