# Options for files with secrets take no file of the configuration. `others` are those that do, as they need no secret.
let
  system = import ./system.inc (
    { lib, pkgs, ... }:
    {
      users.users.strings = { isNormalUser = true; hashedPasswordFile = "/run/secrets/strings"; };
      users.users.paths = { isNormalUser = true; hashedPasswordFile = /run/nowhere/paths; };
      # As tests have it.
      users.users.store = { isNormalUser = true; hashedPasswordFile = "${pkgs.writeText "hash" "x"}"; };
      services.vaultwarden.environmentFile = "/run/secrets/vaultwarden.env";
    }
  );
  inherit (system) config lib;
  words = "[pP]ass|[pP]assword|[sS]ecrets?|[tT]oken|[aA]uth|[cC]redentials?|[eE]nvironment|[eE]nv|[kK]ey";
  names = "(.*[.])?[a-zA-Z_-]*(${words})s?-?(File|Path|file|path|Files)";
  isFile = o: builtins.match names o.name != null && lib.hasInfix "path" o.type;
in
{
  files = lib.mapAttrs (_: u: u.hashedPasswordFile)
    { inherit (config.users.users) strings paths; };
  list = config.services.vaultwarden.environmentFile;
  inStore = lib.hasPrefix builtins.storeDir config.users.users.store.hashedPasswordFile;
  others = map (o: o.name) (
    lib.filter (o: isFile o && !(lib.hasInfix "path of a file in the machine" o.type))
      (lib.optionAttrSetToDocList (removeAttrs system.options [ "_module" "nixpkgs" ]))
  );
}
