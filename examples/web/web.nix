# nginx in front of a service of one's own, which has a database; with backups, a firewall and metrics. The certificate is from Let's
# Encrypt where example.org is this machine; until then, and without a network, it is a self-signed one.
{ pkgs, ... }:

let
  port = 3100;
in
{
  services.nginx = {
    enable = true;
    recommendedTlsSettings = true;
    recommendedOptimisation = true;
    recommendedGzipSettings = true;
    recommendedProxySettings = true;
    virtualHosts."example.org" = {
      forceSSL = true;
      enableACME = true;
      locations."/".proxyPass = "http://127.0.0.1:${toString port}";
    };
  };

  security.acme = {
    acceptTerms = true;
    defaults.email = "admin@example.org";
  };

  # Each user of the system is the user of that name in the database.
  services.postgresql = {
    enable = true;
    ensureDatabases = [ "counter" ];
    ensureUsers = [
      {
        name = "counter";
        ensureDBOwnership = true;
      }
    ];
  };

  # Counts visits.
  systemd.services.counter = {
    description = "Counter of visits";
    wantedBy = [ "multi-user.target" ];
    requires = [ "postgresql.target" ];
    after = [ "network.target" "postgresql.target" ];
    environment.PORT = toString port;
    # Where Debian's packages of Node's modules are.
    environment.NODE_PATH = "/usr/share/nodejs";
    serviceConfig = {
      ExecStart = "${pkgs.nodejs-slim}/bin/node ${./counter/server.js}";
      User = "counter";
      Restart = "on-failure";
      ProtectSystem = "strict";
      PrivateTmp = true;
    };
  };
  users.users.counter = {
    isSystemUser = true;
    group = "counter";
  };
  users.groups.counter = { };
  environment.systemPackages = [ pkgs.debianPackages.node-pg ];

  # A dump at night in /var/backup/postgresql, and that folder's versions of a week in a repository, which had better be elsewhere:
  # repository = "sftp:backup@backup.example.org:/srv/web". The password is made at the first start.
  services.postgresqlBackup = {
    enable = true;
    databases = [ "counter" ];
    startAt = "*-*-* 01:15:00";
  };
  services.restic.backups.database = {
    repository = "/var/lib/backups";
    passwordFile = "/var/lib/backups-password";
    initialize = true;
    paths = [ "/var/backup/postgresql" ];
    pruneOpts = [ "--keep-daily 7" ];
    timerConfig.OnCalendar = "*-*-* 02:15:00";
    backupPrepareCommand =
      "test -s /var/lib/backups-password || (umask 077; head -c 32 /dev/urandom | base64 > /var/lib/backups-password)";
  };

  # Metrics of the machine, for a Prometheus in its own network.
  services.prometheus.exporters.node = {
    enable = true;
    enabledCollectors = [ "systemd" ];
  };

  networking.firewall = {
    allowedTCPPorts = [ 80 443 ];
    extraInputRules = "ip saddr 10.0.0.0/8 tcp dport 9100 accept";
  };
}
