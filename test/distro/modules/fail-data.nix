(import ./system.inc {
  services.postgresql = {
    enable = true;
    ensureUsers = [ { name = "shop"; ensureDBOwnership = true; } ];
  };
  services.redis.servers.a = { enable = true; requirePass = "x"; requirePassFile = "/x"; };
  services.mysql = { enable = true; galeraCluster.enable = true; };
}).checked
