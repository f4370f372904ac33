(import ./system.inc {
  services.restic.backups.a = { };
  services.borgbackup.jobs.b = { repo = "c:d"; encryption.mode = "repokey";
    prune.keep = { daily = 7; within = "1d"; "daily; touch /tmp/x;" = 7; }; };
  services.borgbackup.repos.e = { };
  services.mosquitto = { enable = true; listeners = [ {
    settings.cafil = "/x";
    users."a:b" = { password = "x"; passwordFile = "/x"; }; } ];
    bridges.f = { };
  };
  services.postgresqlBackup = { enable = true; backupAll = true; databases = [ "g" ]; };
}).checked
