# Ids, days and kinds that no account has.
(import ./system.inc {
  users.users.alice = { isNormalUser = true; uid = 501; };
  users.users.bob = { isNormalUser = true; uid = 4294967296; expires = "2030-02-30"; };
  users.users.carol = { isNormalUser = true; expires = "2030-13-01"; };
  users.users.dave = { isNormalUser = true; expires = "2028-02-29"; uid = 1500; };
  nixpkgs.hostPlatform = "aarch64-linux";
}).checked
