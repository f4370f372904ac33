# Language and time zone.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.i18n;
  inherit (import ../../lib/formats { inherit lib; }) assignments text;

  # C.UTF-8 is part of the C library's package; all other locales come compiled in locales-all.
  # LANGUAGE is a list of languages, not a locale.
  settings = removeAttrs cfg.extraLocaleSettings [ "LANGUAGE" ];
  locales =
    [ cfg.defaultLocale ]
    ++ lib.attrValues settings
    ++ map (l: lib.head (lib.splitString "/" l)) cfg.supportedLocales;
  isBuiltin = locale: lib.elem locale [ "C" "POSIX" "C.UTF-8" "C.utf8" "all" ];
  timeZone = text.relativePath {
    option = "time.timeZone";
    file = "/etc/timezone";
  } config.time.timeZone;
  needed = lib.unique (builtins.filter (locale: !isBuiltin locale) locales);
  hasLocales = needed != [ ] || cfg.extraLocales != [ ];

  known = import ./known-names.nix {
    inherit lib;
    inherit (pkgs.debianRelease) suite;
  };
  zone = config.time.timeZone;

  # Each locale with the option that names it.
  named =
    [
      {
        option = "i18n.defaultLocale";
        value = cfg.defaultLocale;
      }
    ]
    ++ lib.mapAttrsToList (name: value: {
      option = "i18n.extraLocaleSettings.${name}";
      inherit value;
    }) settings
    ++ map (value: {
      option = "i18n.supportedLocales";
      inherit value;
    }) cfg.supportedLocales
    ++ lib.optionals (builtins.isList cfg.extraLocales) (
      map (value: {
        option = "i18n.extraLocales";
        inherit value;
      }) cfg.extraLocales
    );
  unknown = builtins.filter (
    { value, ... }: !isBuiltin (lib.head (lib.splitString "/" value)) && !known.isLocale value
  ) named;
in
{
  options = {
    i18n = {
      defaultLocale = mkOption {
        type = types.str;
        default = "C.UTF-8";
        example = "de_DE.UTF-8";
        description =
          "The default locale, which sets the language of messages and the format of dates and numbers. Any other than "
          + "C.UTF-8 installs Debian's package locales-all (about 230 MB), which has them all.";
      };
      extraLocaleSettings = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          LC_MESSAGES = "en_US.UTF-8";
          LC_TIME = "de_DE.UTF-8";
        };
        description = "Locales for single categories, which take precedence over `defaultLocale`.";
      };
      supportedLocales = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "en_US.UTF-8/UTF-8" "nl_NL.UTF-8/UTF-8" ];
        description =
          "Locales that are available in addition to those that the other options name.";
      };
      glibcLocales = mkOption {
        type = types.package;
        default = if hasLocales then pkgs.debianPackages.locales-all else pkgs.debianPackages.libc6;
        defaultText = lib.literalMD "Debian's package of the locales that the machine has";
        description = "For modules that read it: the package of the locales. It cannot be set.";
      };
      extraLocales = mkOption {
        type = types.either (types.listOf types.str) (types.enum [ "all" ]);
        default = [ ];
        example = [ "nl_NL.UTF-8" ];
        description = "Like `supportedLocales`; `all` makes every locale available.";
      };
    };

    time = {
      timeZone = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        example = "Europe/Berlin";
        description =
          "The time zone, by its name in the tz database. If null, it is UTC until someone sets it with timedatectl.";
      };
      hardwareClockInLocalTime = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the hardware clock keeps local time instead of UTC.";
      };
    };
  };

  config = {
    assertions =
      lib.optional (options.i18n.glibcLocales.highestPrio < (lib.mkOptionDefault null).priority) {
        assertion = false;
        message =
          "i18n.glibcLocales is not available: locales are those of Debian's package locales-all. Set i18n.supportedLocales.";
      }
      ++ lib.optional (zone != null) {
        assertion = known.isZone zone;
        message =
          "time.timeZone is \"${zone}\", which is not a time zone in Debian's tzdata.${known.nearest zone known.zones} "
          + "`timedatectl list-timezones' prints all time zones.";
      }
      ++ map (
        { option, value }:
        {
          assertion = false;
          message =
            "${option} has \"${value}\", which is not a locale of Debian's C library.${known.nearest value known.locales} "
            + "Locales are named LANGUAGE_COUNTRY.UTF-8; C.UTF-8 has no language.";
        }
      ) unknown;

    system.basePackages =
      lib.optional hasLocales "locales-all"
      # Older names, such as US/Eastern, have a package of their own since trixie.
      ++ lib.optional
        (zone != null && known.isLegacyZone zone && pkgs.debianPackages ? tzdata-legacy)
        "tzdata-legacy";

    environment.sessionVariables = { LANG = cfg.defaultLocale; } // cfg.extraLocaleSettings;

    environment.etc = {
      "locale.conf".text = lib.concatStrings (
        lib.mapAttrsToList (
          name:
          assignments.environmentFile {
            option =
              if cfg.extraLocaleSettings ? ${name} then
                lib.showOption [ "i18n" "extraLocaleSettings" name ]
              else
                "i18n.defaultLocale";
            file = "locale.conf";
          } name
        ) ({ LANG = cfg.defaultLocale; } // cfg.extraLocaleSettings)
      );
      "default/locale".source = "/etc/locale.conf";
      adjtime = lib.mkIf config.time.hardwareClockInLocalTime { text = "0.0 0 0.0\n0\nLOCAL\n"; };
      timezone = lib.mkIf (config.time.timeZone != null) { text = "${timeZone}\n"; };
      localtime = lib.mkIf (config.time.timeZone != null) {
        source = "/usr/share/zoneinfo/${timeZone}";
      };
    };

    # A zone that timedatectl has set stays.
    systemd.tmpfiles.rules =
      lib.optional
        (config.time.timeZone == null)
        "L /etc/localtime - - - - /usr/share/zoneinfo/UTC";
  };
}
