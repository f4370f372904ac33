# No error shows a password.
(import ./system.inc {
  imports = [ { services.redis.servers.a.requirePass = "hidden2"; } ];
  services.redis.servers.a = { enable = true; requirePass = "hidden"; };
}).config.systemd.services.redis-a.serviceConfig.ExecStartPre
