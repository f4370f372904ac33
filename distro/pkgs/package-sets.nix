# Sets of packages that nixpkgs has, with Debian's packages under the names within them.
{
  lib,
  self,
  archive,
  combine,
}:

let
  inherit (archive) packages suite;
  inherit (builtins) attrNames filter listToAttrs mapAttrs;
  debian = self.debianPackages;
  throwFor = name: throw "pkgs.${name}: Debian ${suite} has no such package.";

  /* Debian's packages whose names begin with the prefix, by the rest of their names. */
  withPrefix =
    prefix:
    listToAttrs (
      map (name: lib.nameValuePair (lib.removePrefix prefix name) debian.${name}) (
        filter (lib.hasPrefix prefix) (attrNames packages)
      )
    );
  /* Other names for Debian's packages; a list is several as one. */
  named = set: mapAttrs (name: names: combine "${set}.${name}" (lib.toList names) { });
  /* Packages that the top level has under the same names. */
  alsoAtTop = set: names: lib.genAttrs names (name: self.${name} or (throwFor "${set}.${name}"));
  namesIn = map (
    it: it.debianPackage or (throw "${lib.getName it} is not one of Debian's packages.")
  );

  # ---- Dictionaries ----
  aspell = withPrefix "aspell-";
  hunspell = withPrefix "hunspell-";
  # The country of a language whose code is another.
  countries = {
    be = "BY";
    cs = "CZ";
    da = "DK";
    el = "GR";
    et = "EE";
    fa = "IR";
    gl = "ES";
    he = "IL";
    ko = "KR";
    nn = "NO";
    no = "NO";
    sl = "SI";
    sv = "SE";
    uk = "UA";
    vi = "VN";
  };
  hunspellNames =
    name:
    let
      parts = lib.splitString "-" name;
      language = lib.head parts;
      country = lib.toUpper (lib.last parts);
    in
    if lib.length parts == 1 then
      [ name "${name}-any" "${name}_${countries.${name} or (lib.toUpper name)}" ]
    else if lib.length parts == 2 && lib.stringLength country == 2 then
      [ name "${language}_${country}" "${name}-large" "${language}_${country}-large" ]
      ++ lib.optionals (name == "en-gb") [ "en-gb-ise" "en-gb-ize" "en_GB-ise" "en_GB-ize" ]
    else
      [ name ];

  # ---- Desktops ----
  gnome = alsoAtTop "gnome" [
    "adwaita-icon-theme"
    "baobab"
    "cheese"
    "dconf-editor"
    "eog"
    "epiphany"
    "evince"
    "evolution-data-server"
    "file-roller"
    "geary"
    "gedit"
    "ghex"
    "gnome-backgrounds"
    "gnome-boxes"
    "gnome-calculator"
    "gnome-calendar"
    "gnome-characters"
    "gnome-clocks"
    "gnome-contacts"
    "gnome-control-center"
    "gnome-disk-utility"
    "gnome-font-viewer"
    "gnome-keyring"
    "gnome-logs"
    "gnome-maps"
    "gnome-music"
    "gnome-screenshot"
    "gnome-session"
    "gnome-settings-daemon"
    "gnome-shell"
    "gnome-shell-extensions"
    "gnome-software"
    "gnome-sound-recorder"
    "gnome-system-monitor"
    "gnome-terminal"
    "gnome-themes-extra"
    "gnome-tweaks"
    "gnome-weather"
    "gucharmap"
    "gvfs"
    "mutter"
    "nautilus"
    "seahorse"
    "simple-scan"
    "totem"
    "yelp"
    "zenity"
  ];

  qt5 = named "qt5" {
    qtbase = [
      "libqt5core5t64"
      "libqt5gui5t64"
      "libqt5widgets5t64"
      "libqt5network5t64"
      "libqt5dbus5t64"
      "libqt5sql5t64"
    ];
    qtdeclarative = [ "libqt5qml5" "libqt5quick5" ];
    qtgraphicaleffects = "qml-module-qtgraphicaleffects";
    qtimageformats = "qt5-image-formats-plugins";
    qtmultimedia = "libqt5multimedia5";
    qtquickcontrols2 = "qml-module-qtquick-controls2";
    qtsvg = "libqt5svg5";
    qttools = "qttools5-dev-tools";
    qtwayland = "qtwayland5";
  };
  ofKde = alsoAtTop "libsForQt5" [
    "ark"
    "dolphin"
    "filelight"
    "gwenview"
    "kate"
    "kdeconnect"
    "konsole"
    "okular"
    "qt5ct"
  ];

  # ---- TeX: Debian's packages are the collections of TeX Live ----
  schemes = mapAttrs (_: name: debian.${name}) {
    scheme-basic = "texlive-latex-base";
    scheme-context = "context";
    scheme-full = "texlive-full";
    scheme-infraonly = "texlive-binaries";
    scheme-medium = "texlive";
    scheme-minimal = "texlive-base";
    scheme-small = "texlive-latex-recommended";
    scheme-tetex = "texlive";
  };
  collections = lib.concatMapAttrs (name: package: {
    ${name} = package;
    "collection-${lib.replaceStrings [ "-" ] [ "" ] name}" = package;
  }) (withPrefix "texlive-");
  combineTex =
    chosen:
    combine
      "texlive"
      ([ "texlive-binaries" ] ++ namesIn (lib.unique (filter (it: it != null) chosen)))
      { };
  tex = collections // schemes;

  nixVersion = lib.versions.majorMinor self.nix.version;
  # Debian's Nix under all the names that nixpkgs has for it; the others say which there is.
  nixVersions =
    lib.genAttrs (map (minor: "nix_2_${toString minor}") (lib.range 3 40)) (
      name: throw "pkgs.nixVersions.${name}: Debian ${suite} has Nix ${nixVersion}. Use pkgs.nix."
    )
    // {
      stable = self.nix;
      latest = self.nix;
      "nix_${lib.replaceStrings [ "." ] [ "_" ] nixVersion}" = self.nix;
    };
in
{
  inherit nixVersions gnome qt5;
  gnome3 = gnome;

  aspellDicts =
    aspell
    // lib.mapAttrs' (name: lib.nameValuePair (builtins.elemAt (hunspellNames name) 1)) (
      lib.filterAttrs (name: _: builtins.match "[a-z]{2}-[a-z]{2}" name != null) aspell
    );
  aspellWithDicts =
    choose: combine "aspell" ([ "aspell" ] ++ namesIn (choose self.aspellDicts)) { };
  hunspellDicts = listToAttrs (
    lib.concatLists (
      lib.mapAttrsToList (
        name: package: map (other: lib.nameValuePair other package) (hunspellNames name)
      ) hunspell
    )
  );
  hunspellWithDicts = chosen: combine "hunspell" ([ "hunspell" ] ++ namesIn chosen) { };

  gnomeExtensions =
    withPrefix "gnome-shell-extension-"
    // mapAttrs (_: name: debian."gnome-shell-extension-${name}") {
      arcmenu = "arc-menu";
      dash-to-dock = "dashtodock";
      desktop-icons-ng-ding = "desktop-icons-ng";
      fly-pie = "flypie";
      hide-top-bar = "autohidetopbar";
      places-status-indicator = "places-menu";
      removable-drive-menu = "drive-menu";
      user-themes = "user-theme";
      windownavigator = "windows-navigator";
    };
  mpvScripts = {
    mpris = debian.mpv-mpris;
  };
  obs-studio-plugins =
    lib.mapAttrs' (name: lib.nameValuePair "obs-${name}") (withPrefix "obs-")
    // { advanced-scene-switcher = debian.obs-advanced-scene-switcher; };

  xfce =
    lib.mapAttrs' (name: lib.nameValuePair "xfce4-${name}") (withPrefix "xfce4-")
    // alsoAtTop "xfce" [
      "catfish"
      "gigolo"
      "mousepad"
      "parole"
      "ristretto"
      "thunar"
      "thunar-archive-plugin"
      "thunar-media-tags-plugin"
      "thunar-volman"
      "tumbler"
      "xfburn"
      "xfconf"
      "xfwm4"
    ]
    // named "xfce" {
      exo = "exo-utils";
      libxfce4ui = "libxfce4ui-2-0";
      libxfce4util = "libxfce4util7";
      xfdesktop = "xfdesktop4";
    };
  lxqt =
    lib.mapAttrs' (name: lib.nameValuePair "lxqt-${name}") (withPrefix "lxqt-")
    // alsoAtTop "lxqt" [
      "lximage-qt"
      "obconf-qt"
      "pavucontrol-qt"
      "pcmanfm-qt"
      "qps"
      "qterminal"
      "screengrab"
      "xdg-desktop-portal-lxqt"
    ];

  libsForQt5 =
    qt5
    // ofKde
    // named "libsForQt5" {
      qtstyleplugin-kvantum = [ "qt-style-kvantum" ];
    };
  qt6 = named "qt6" {
    qtbase = [
      "libqt6core6t64"
      "libqt6gui6"
      "libqt6widgets6"
      "libqt6network6"
      "libqt6dbus6"
      "libqt6sql6"
    ];
    qtdeclarative = [ "libqt6qml6" "libqt6quick6" ];
    qtimageformats = "qt6-image-formats-plugins";
    qtmultimedia = "libqt6multimedia6";
    qtsvg = "libqt6svg6";
    qttools = "qt6-tools-dev-tools";
    qtwayland = "qt6-wayland";
  };

  texlive = tex // {
    combined = mapAttrs (_: package: combineTex [ package ]) schemes;
    combine = chosen: combineTex (lib.attrValues (removeAttrs chosen [ "pkgFilter" "extraName" ]));
    withPackages = choose: combineTex (choose tex);
  };

  # Programs look for it where the one that may be setuid is.
  system-sendmail = self.writeShellScriptBin "sendmail" ''
    for program in /run/wrappers/bin/sendmail /usr/sbin/sendmail; do
      if [ -x $program ]; then exec $program "$@"; fi
    done
    echo "sendmail: this machine has no program that sends mail." >&2
    exit 1
  '';

  # Of other components than main.
  man-pages-posix = self.manpages-posix;
  zfs = self.zfsutils-linux;
}
