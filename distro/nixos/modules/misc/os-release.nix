# /etc/os-release.
{ config, lib, pkgs, ... }:

let
  cfg = config.system.nixos;
  inherit (import ../../lib/formats { inherit lib; }) assignments;
  facts = {
    ID = cfg.distroId;
    NAME = cfg.distroName;
    PRETTY_NAME = "${cfg.distroName} ${cfg.release} (${cfg.codeName})";
    VERSION = "${cfg.release} (${cfg.codeName})";
    VERSION_ID = cfg.release;
    VERSION_CODENAME = cfg.codeName;
    HOME_URL = "https://www.debian.org/";
  } // lib.optionalAttrs (cfg.distroId != "debian") { ID_LIKE = "debian"; }
  // lib.optionalAttrs (cfg.variant_id != null) { VARIANT_ID = cfg.variant_id; };
in
{
  environment.etc."os-release".text = lib.concatStrings (lib.mapAttrsToList (assignments.environmentFile { option = "system.nixos"; file = "os-release"; }) facts);
}
