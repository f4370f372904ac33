(import ./system.inc {
  time.timeZone = "Berlin";
  i18n.defaultLocale = "en_UK.UTF-8";
  i18n.extraLocaleSettings = { LC_TIME = "de_DE.UTF-7"; LANGUAGE = "de:en"; LC_PAPER = "de_DE.utf8"; };
  i18n.supportedLocales = [ "en_US.UTF-8/UTF-8" "xx_YY/UTF-8" ];
}).checked
