(import ./system.inc { services.openssh = { enable = true; settings = { PermitRootLogn = "no"; Match = "User x"; }; };
  systemd.services.ssh.serviceConfig.Nice = 5;
  systemd.sockets.ssh.socketConfig.Backlog = 5; }).checked
