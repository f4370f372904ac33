# Backups, brokers and forges: commands, files, and what they want of others.
let
  lib = import ../../../distro/lib;
  system = import ./system.inc ({ pkgs, ... }: {
    services.postgresql.enable = true;
    services.postgresqlBackup = { enable = true; databases = [ "shop" ]; compression = "zstd"; };
    services.mysqlBackup = { enable = true; databases = [ "o`neill" ]; };
    services.mysql = { enable = true; package = pkgs.mysql; };
    services.restic.backups.home = {
      repository = "rclone:remote:path";
      passwordFile = "/run/secrets/restic";
      environmentFile = "/run/secrets/env";
      paths = [ "/home" ];
      exclude = [ "*.tmp" ];
      pruneOpts = [ "--keep-daily 7" ];
      checkOpts = [ "--with-cache" ];
      rcloneConfig.hard_delete = true;
      timerConfig = { OnCalendar = "00:05"; };
    };
    services.borgbackup.jobs.home = {
      paths = "/home";
      repo = "borg@10.0.0.9:.";
      encryption = { mode = "repokey"; passCommand = "cat /key"; };
      persistentTimer = true;
    };
    services.borgbackup.repos.others = { path = "/srv/it's"; authorizedKeysAppendOnly = [ "ssh-ed25519 AAAA anna" ]; quota = "10G"; };
    services.mosquitto = {
      enable = true;
      listeners = [ { users.lamp = { passwordFile = "/lamp"; acl = [ "read a" ]; };
        acl = [ "pattern read #" ]; settings.allow_anonymous = false; } ];
    };
    services.logrotate.settings = {
      header.rotate = 2;
      "/var/log/wtmp".rotate = 9;
      app = { files = [ "/a" "/b" ]; frequency = "daily"; compress = true; postrotate = "true"; priority = 5; };
    };
    services.logrotate.checkConfig = false;
    services.vaultwarden = {
      enable = true;
      package = pkgs.writeShellScriptBin "vaultwarden" "";
      config = { domain = "https://x"; databaseUrl = "u"; disable2FARemember = true; SIGNUPS_ALLOWED = false; smtpPort = 25; };
      environmentFile = "/run/secrets/vault";
    };
    services.gitea = {
      enable = true;
      package = pkgs.writeShellScriptBin "gitea" "";
      appName = "Code";
      database.type = "postgres";
      mailerPasswordFile = "/run/secrets/mail";
      rootUrl = "https://code.example.org/";
    };
  });
  inherit (system) config;
  service = name: removeAttrs config.systemd.services.${name}.serviceConfig [ ];
  # What a file of the store has that the unit mentions.
  written = drv: (builtins.head drv.entries).text;
in
{
  inherit (system) checked;
  restic = {
    inherit (service "restic-backups-home") ExecStart EnvironmentFile;
    inherit (config.systemd.services.restic-backups-home) environment;
    timer = config.systemd.timers.restic-backups-home.timerConfig;
  };
  borg = {
    keys = config.users.users.borg.openssh.authorizedKeys.keys;
    timer = { inherit (config.systemd.timers.borgbackup-job-home) after timerConfig; };
    inherit (service "borgbackup-job-home") ReadWritePaths;
  };
  dumps = lib.attrNames (lib.filterAttrs (name: _: lib.hasPrefix "postgresqlBackup" name) config.systemd.services);
  mysql = (service "mysql").ExecStart;
  rights = map (user: user.ensurePermissions) config.services.mysql.ensureUsers;
  mosquitto = { acl = config.environment.etc."mosquitto/acl-0.conf".text; inherit (service "mosquitto") LoadCredential; };
  logrotate = written config.services.logrotate.configFile;
  vaultwarden = map (file: if builtins.isString file then file else written file) (service "vaultwarden").EnvironmentFile;
  gitea = { inherit (service "gitea") LoadCredential; inherit (config.systemd.services.gitea) requires;
    inherit (config.services.postgresql) ensureDatabases; };
}
