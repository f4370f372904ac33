# Percent and dollar signs in arguments of units, in which systemd expands nothing, and options of several words.
let
  lib = import ../../../distro/lib;
  system = import ./system.inc {
    services.redis.servers.a = { enable = true; extraParams = [ "--proc-title %n" ]; };
    services.memcached = { enable = true; extraOptions = [ "-o modern" "-%" "-t  '1 %'" ]; };
    services.bind = { enable = true; configFile = "/etc/50%n"; extraArgs = [ "-U 2" "%n" ]; };
    services.chrony = { enable = true; extraFlags = [ "-L 1" "-%n" ]; };
    services.syncthing = { enable = true; dataDir = "/srv/50%n"; extraFlags = [ "\${HOME}" ]; };
    services.yggdrasil = { enable = true; extraArgs = [ "%n" ]; };
    services.samba = { enable = true; smbd.extraArgs = [ "%n" ]; };
    services.transmission = { enable = true; extraFlags = [ "%n" ]; };
    services.deluge = { enable = true; dataDir = "/srv/50%n"; web.enable = true; };
    services.logrotate = { enable = true; extraArgs = [ "%n" ]; configFile = "/etc/50%n"; };
  };
  lineOf = name: system.config.systemd.services.${name}.serviceConfig.ExecStart;
in
lib.genAttrs [ "redis-a" "memcached" "bind" "chronyd" "syncthing" "yggdrasil" "samba-smbd" "transmission" "deluged" "delugeweb"
  "logrotate" ] lineOf
