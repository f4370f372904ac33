# Accounts that packages expect beside declared ones, and units whose accounts do not exist.
let
  system = import ./system.inc (
    { lib, ... }:
    {
      ids.uids.postgres = 71;
      users.users = {
        redis = { isSystemUser = true; group = "redis"; uid = 222; };
        alice = { isNormalUser = true; extraGroups = [ "docker" "nope" ]; };
        svc = { isSystemUser = true; group = "docker"; };
      };
      users.groups.redis = { };
      users.ofPackages = lib.mkForce {
        users.postgres = { group = "postgres"; groups = [ "ssl-cert" "shadow" ]; home = "/var/lib/postgresql"; shell = "/bin/bash";
          description = "PostgreSQL administrator"; };
        users.statd.home = "/var/lib/nfs";
        groups = [ "docker" "postgres" "ssl-cert" ];
      };
      systemd.services = {
        a = { script = "true"; serviceConfig = { User = "postgres"; Group = "docker"; SupplementaryGroups = "ssl-cert redis"; }; };
        b = { script = "true"; serviceConfig = { User = "nobody-there"; Group = "neither"; SupplementaryGroups = [ "redis" "third" ]; }; };
        c = { script = "true"; serviceConfig = { User = "made-up"; DynamicUser = true; SupplementaryGroups = "fourth"; }; };
        "d@" = { script = "true"; serviceConfig = { User = "%i"; Group = 0; }; };
        off = { enable = false; script = "true"; serviceConfig.User = "nobody-there"; };
      };
      systemd.sockets.s = { listenStreams = [ "/run/s" ]; socketConfig = { SocketUser = "redis"; SocketGroup = "fifth"; }; };
    }
  );
  inherit (system) lib config;
  lines = lib.splitString "\n\n" (
    lib.replaceStrings [ "\nuser " "\ngroup " ] [ "\n\nuser " "\n\ngroup " ] config.system.systemBuilderArgs."users.spec".text
  );
in
{
  spec = map (lib.splitString "\n") (
    lib.filter (b: builtins.match "(user|group) (postgres|statd|docker|ssl-cert|shadow|redis|svc)\n.*" b != null) lines
  );
  warnings = lib.filter (w: lib.hasInfix "no such" w) config.warnings;
  inherit (system) checked;
}
