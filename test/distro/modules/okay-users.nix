let
  system = import ./system.inc [
    {
      users.users.tarn = { isNormalUser = true; extraGroups = [ "wheel" "video" ]; password = ""; };
      users.users.ada = { isNormalUser = true; uid = 1000; hashedPassword = "$6$x"; shell = "/bin/dash";
        description = "Ada L."; homeMode = "0750"; };
      users.users.daemon2 = { isSystemUser = true; group = "daemon2"; expires = "2026-11-23";
        subUidRanges = [{ startUid = 5; count = 7; }]; };
      users.groups.daemon2 = { };
      users.groups.team = { gid = 1234; members = [ "ada" ]; };
    }
    { users.extraUsers.tarn.extraGroups = [ "team" ]; users.extraUsers.off = { isNormalUser = true; enable = false; }; }
  ];
  inherit (system) lib config;
  # Debian's own accounts are always there.
  blocks = lib.filter (b: lib.any (n: lib.hasPrefix "${n}\n" b)
    [ "user tarn" "user ada" "user daemon2" "group daemon2" "group team" "group wheel" "group video" "user off" ])
    (lib.splitString "\n\n" (lib.replaceStrings [ "\nuser " "\ngroup " ] [ "\n\nuser " "\n\ngroup " ] config.system.build.usersSpec));
in
{
  spec = map (lib.splitString "\n") blocks;
  inherit (config.environment) shells;
  home = config.users.users.tarn.home;
  checked = system.checked;
}
