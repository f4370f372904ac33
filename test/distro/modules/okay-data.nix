# Databases: their units, and what is made in them.
let
  lib = import ../../../distro/lib;
  databases = ../../../distro/nixos/modules/services/databases;
  system = import ./system.inc {
    services.postgresql = {
      enable = true;
      ensureDatabases = [ "shop" "it's \"odd\"" ];
      ensureUsers = [ { name = "shop"; ensureDBOwnership = true; ensureClauses = { createdb = true; superuser = false; }; } ];
      settings = { port = 5433; log_connections = true; shared_preload_libraries = [ "a" "b" ]; search_path = "it's"; };
      extensions = [ ];
      # It is a build, which real Nix has no part in.
      checkConfig = false;
      systemCallFilter."~@resources" = false;
    };
    services.mysql = {
      enable = true;
      ensureUsers = [ { name = "o'neill"; ensurePermissions."shop.*" = "ALL PRIVILEGES"; } ];
    };
    services.memcached = { enable = true; enableUnixSocket = true; };
    # The names before 22.05.
    services.redis = { enable = true; port = 6400; };
    services.redis.servers.jobs = { enable = true; save = [ ]; settings.loadmodule = [ "/a" "/b" ]; openFirewall = true; port = 7000; };
  };
  inherit (system) config;
in
{
  inherit (system) checked;
  postgresql = {
    inherit (config.services.postgresql) dataDir authentication;
    unit = lib.filter (line: lib.any (p: lib.hasPrefix p line) [ "ExecStart=" "StateDirectory=" "SystemCallFilter=" "Environment=" ])
      (lib.splitString "\n" config.systemd.units."postgresql.service".text);
    setup = (import (databases + "/postgresql/setup.nix") { inherit lib; }).setup config.services.postgresql;
    missing = map (p: (builtins.tryEval "${p}").success) (with config.services.postgresql.package.pkgs; [ citus ]);
  };
  mysql = (import (databases + "/mysql/setup.nix") { inherit lib; isMariaDB = true; }).ensured config.services.mysql;
  memcached = config.systemd.services.memcached.serviceConfig.ExecStart;
  redis = lib.mapAttrs (_: server: { inherit (server) settings user unixSocket; }) config.services.redis.servers;
  ports = config.networking.firewall.allowedTCPPorts;
  overcommit = config.boot.kernel.sysctl."vm.overcommit_memory";
  users = lib.filterAttrs (name: _: lib.elem name [ "postgres" "mysql" "redis" "redis-jobs" "memcached" ]) 
    (lib.mapAttrs (_: u: u.uid) config.users.users);
}
