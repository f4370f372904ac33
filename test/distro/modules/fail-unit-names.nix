(import ./system.inc ({ lib, ... }: {
  virtualisation.oci-containers.containers.web = { image = "web"; serviceName = "../x y"; };
  services.openvpn.servers."a b".config = "";
  networking.wireless = { enable = true; interfaces = [ "a/b" ]; };
  networking.wireguard.interfaces."a b".privateKeyFile = "/key";
  networking.wg-quick.interfaces."a=b".privateKeyFile = "/key";
  services.redis.servers."".enable = true;
  services.restic.backups."a b" = { repository = "/x"; passwordFile = "/y"; };
  services.borgbackup.jobs."a b" = { repo = "/x"; paths = "/y"; encryption.mode = "none"; };
  services.borgbackup.repos."a b".authorizedKeys = [ "ssh-ed25519 AAAA" ];
  services.postgresql.enable = true;
  services.postgresqlBackup = { enable = true; databases = [ "a b" ]; };
})).checked
