# Names of zones and locales, as users write them; and what they bring along.
let
  lib = import ../../../distro/lib;
  known = suite: import ../../../distro/nixos/modules/config/known-names.nix { inherit lib suite; };
  trixie = known "trixie";
  packages = zone: builtins.filter (lib.hasPrefix "tzdata")
    (import ./system.inc { time.timeZone = zone; i18n.defaultLocale = "C"; }).config.system.basePackages;
in
{
  zones = builtins.filter trixie.isZone [ "Europe/Berlin" "UTC" "America/Argentina/Buenos_Aires" "Etc/GMT+12" "US/Eastern"
    "right/Asia/Tokyo" ];
  noZones = builtins.filter trixie.isZone [ "europe/berlin" "Europe/Berlin " "Europe" "posixrules" "../etc/passwd" "tzdata.zi" "" ];
  locales = builtins.filter trixie.isLocale [ "C.UTF-8" "de_DE.UTF-8" "de_DE.utf8" "de_DE" "de_DE@euro" "sr_RS@latin"
    "ca_ES@valencia" "ja_JP.EUC-JP" "en_US.UTF-8/UTF-8" ];
  noLocales = builtins.filter trixie.isLocale [ "de" "de_DE.UTF8x" "DE_de.UTF-8" "de_DE/UTF-8/x" "en_US.UTF-8/UTF-7" "english" "" ];
  # In one suite alone.
  suites = map (suite: builtins.filter (known suite).isLocale [ "kv_RU" "aa_ER@saaho" ]) [ "trixie" "bookworm" "sid" ];
  # Older names have a package of their own in trixie.
  packages = map packages [ "Europe/Berlin" "US/Eastern" ];
}
