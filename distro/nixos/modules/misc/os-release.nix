# /etc/os-release.
{ config, lib, pkgs, ... }:

let
  cfg = config.system.nixos;
  quote = v: "\"${lib.replaceStrings [ "\\" "\"" "$" "`" ] [ "\\\\" "\\\"" "\\$" "\\`" ] v}\"";
  facts = {
    ID = cfg.distroId;
    NAME = quote cfg.distroName;
    PRETTY_NAME = quote "${cfg.distroName} ${cfg.release} (${cfg.codeName})";
    VERSION = quote "${cfg.release} (${cfg.codeName})";
    VERSION_ID = quote cfg.release;
    VERSION_CODENAME = cfg.codeName;
    HOME_URL = quote "https://www.debian.org/";
  } // lib.optionalAttrs (cfg.distroId != "debian") { ID_LIKE = "debian"; }
  // lib.optionalAttrs (cfg.variant_id != null) { VARIANT_ID = quote cfg.variant_id; };
in
{
  environment.etc."os-release".text = lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${value}\n") facts);
}
