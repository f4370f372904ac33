# Packages that have drop-ins for units, mostly of other packages: which units. Drop-ins for the parts of systemd are not among them.
{
  "389-ds-base" = [ "dirsrv@.service" ];
  bip = [ "bip-config.service" ];
  cloud-init = [ "sshd-keygen@.service" ];
  cryptsetup-suspend = [ "systemd-suspend.service" ];
  freedombox = [
    "avahi-daemon.service"
    "bind9.service"
    "coturn.service"
    "deluge-web.service"
    "deluged.service"
    "janus.service"
    "matrix-synapse.service"
    "mediawiki-jobrunner.service"
    "minetest-server.service"
    "miniflux.service"
    "quasselcore.service"
    "shadowsocks-libev-local@.service"
    "shadowsocks-libev-server@.service"
    "smbd.service"
    "sogo.service"
    "ssh.service"
    "syncthing@syncthing.service"
    "transmission-daemon.service"
    "tt-rss.service"
    "zramswap.service"
  ];
  ipset-persistent = [ "netfilter-persistent.service" ];
  iptables-persistent = [ "netfilter-persistent.service" ];
  krb5-kdc-ldap = [ "krb5-admin-server.service" "krb5-kdc.service" ];
  librem5-tweaks = [ "gpsd.service" ];
  mariadb-server = [ "mariadb@bootstrap.service" ];
  mobile-tweaks-common = [ "ModemManager.service" ];
  nfs-ganesha = [ "nfs-ganesha-lock.service" ];
  open-vm-tools-desktop = [ "open-vm-tools.service" ];
  phrog = [ "greetd.service" ];
}
