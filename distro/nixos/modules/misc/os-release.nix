# /etc/os-release: Debian's release, as programs that read it depend on the packages.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.system.nixos;
  inherit (config.system) debian;
  inherit (import ../../lib/formats { inherit lib; }) assignments;
  facts =
    {
      ID = cfg.distroId;
      NAME = cfg.distroName;
      PRETTY_NAME = "${cfg.distroName} ${debian.release} (${debian.codeName})";
      VERSION = "${debian.release} (${debian.codeName})";
      VERSION_ID = debian.release;
      VERSION_CODENAME = debian.codeName;
      HOME_URL = "https://www.debian.org/";
    }
    // lib.optionalAttrs (cfg.distroId != "debian") { ID_LIKE = "debian"; }
    // lib.optionalAttrs (cfg.variant_id != null) { VARIANT_ID = cfg.variant_id; };
in
{
  environment.etc."os-release".text = lib.concatStrings (
    lib.mapAttrsToList
      (assignments.environmentFile {
        option = "system.nixos";
        file = "os-release";
      })
      facts
  );
}
