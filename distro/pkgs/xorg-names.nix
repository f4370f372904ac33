# The set `xorg' of nixpkgs: name -> Debian's package. Debian has many programs in one package.
let
  each =
    package: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = package;
      }) names
    );
in
{
  programs =
    each "x11-xserver-utils" [
      "iceauth"
      "sessreg"
      "xcmsdb"
      "xgamma"
      "xhost"
      "xmodmap"
      "xrandr"
      "xrdb"
      "xrefresh"
      "xset"
      "xsetroot"
      "xstdcmap"
    ]
    // each "x11-utils" [
      "appres"
      "editres"
      "listres"
      "viewres"
      "xdpyinfo"
      "xdriinfo"
      "xev"
      "xfd"
      "xfontsel"
      "xkill"
      "xlsatoms"
      "xlsclients"
      "xlsfonts"
      "xmessage"
      "xprop"
      "xvinfo"
      "xwininfo"
    ]
    // each "x11-apps" [
      "bitmap"
      "ico"
      "oclock"
      "transset"
      "x11perf"
      "xbiff"
      "xcalc"
      "xclipboard"
      "xclock"
      "xconsole"
      "xcursorgen"
      "xedit"
      "xeyes"
      "xload"
      "xlogo"
      "xmag"
      "xman"
      "xmore"
      "xwd"
      "xwud"
    ]
    // each "x11-xkb-utils" [ "setxkbmap" "xkbcomp" "xkbevd" "xkbprint" ]
    // each "xfonts-utils" [ "bdftopcf" "mkfontdir" "mkfontscale" ]
    // each "xutils-dev" [ "gccmakedep" "imake" "lndir" "makedepend" ]
    // each "x11-session-utils" [ "smproxy" "xsm" ];

  others = {
    libICE = "libice6";
    libSM = "libsm6";
    libX11 = "libx11-6";
    libXScrnSaver = "libxss1";
    libXau = "libxau6";
    libXaw = "libxaw7";
    libXcomposite = "libxcomposite1";
    libXcursor = "libxcursor1";
    libXdamage = "libxdamage1";
    libXdmcp = "libxdmcp6";
    libXext = "libxext6";
    libXfixes = "libxfixes3";
    libXfont2 = "libxfont2";
    libXft = "libxft2";
    libXi = "libxi6";
    libXinerama = "libxinerama1";
    libXmu = "libxmu6";
    libXpm = "libxpm4";
    libXrandr = "libxrandr2";
    libXrender = "libxrender1";
    libXres = "libxres1";
    libXt = "libxt6t64";
    libXtst = "libxtst6";
    libXv = "libxv1";
    libXvMC = "libxvmc1";
    libXxf86vm = "libxxf86vm1";
    libfontenc = "libfontenc1";
    libpciaccess = "libpciaccess0";
    libxcb = "libxcb1";
    libxkbfile = "libxkbfile1";
    libxshmfence = "libxshmfence1";
    xcbutil = "libxcb-util1";
    xcbutilcursor = "libxcb-cursor0";
    xcbutilimage = "libxcb-image0";
    xcbutilkeysyms = "libxcb-keysyms1";
    xcbutilwm = "libxcb-icccm4";
    xf86inputevdev = "xserver-xorg-input-evdev";
    xf86inputlibinput = "xserver-xorg-input-libinput";
    xf86videoamdgpu = "xserver-xorg-video-amdgpu";
    xf86videofbdev = "xserver-xorg-video-fbdev";
    xf86videointel = "xserver-xorg-video-intel";
    xf86videonouveau = "xserver-xorg-video-nouveau";
    xkeyboardconfig = "xkb-data";
    xorgserver = "xserver-xorg-core";
  };

  # Debian's own names: these are in the set, too.
  own = [ "luit" "twm" "xauth" "xbacklight" "xbitmaps" "xcompmgr" "xdm" "xinit" "xinput" "xterm" ];
}
