# Forgejo, a forge of Git repositories.
{ config, lib, ... }:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.forgejo;
in
{
  imports = [
    (import ./forge {
      name = "forgejo";
      label = "Forgejo";
      variable = "FORGEJO";
      package = "forgejo-lts";
      inherit (cfg) secrets;
    })
    (lib.mkRenamedOptionModule
      [ "services" "forgejo" "appName" ]
      [ "services" "forgejo" "settings" "DEFAULT" "APP_NAME" ]
    )
    (lib.mkRemovedOptionModule [
      "services"
      "forgejo"
      "extraConfig"
    ] "Use services.forgejo.settings.")
    (lib.mkRemovedOptionModule [
      "services"
      "forgejo"
      "database"
      "password"
    ] "Use services.forgejo.database.passwordFile.")
    (lib.mkRenamedOptionModule
      [ "services" "forgejo" "mailerPasswordFile" ]
      [ "services" "forgejo" "secrets" "mailer" "PASSWD" ]
    )
  ];

  options.services.forgejo = {
    dump.age = lib.mkOption {
      type = lib.types.str;
      default = "4w";
      description = "How long dumps are kept.";
    };
    secrets = lib.mkOption {
      type = lib.types.attrsOf (lib.types.attrsOf lineTypes.machineFile);
      default = { };
      example = { mailer.PASSWD = "/run/secrets/mail"; };
      description = "Files with values of settings, by section.";
    };
  };
}
