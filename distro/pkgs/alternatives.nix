# The links that update-alternatives would make: link -> [ package, target ] in the order of preference, or [ package, target, version ] for
# a target of those versions that begin so. The first target whose package is part of the tree is linked.
let
  gccTools = name: [ [ "gcc" "/usr/bin/${name}" ] ];
  vim =
    rest:
    [
      [ "vim-nox" "/usr/bin/vim.nox" ]
      [ "vim-gtk3" "/usr/bin/vim.gtk3" ]
      [ "vim" "/usr/bin/vim.basic" ]
    ]
    ++ rest;
  tinyVim = [ [ "vim-tiny" "/usr/bin/vim.tiny" ] ];
  nano = [ [ "nano" "/usr/bin/nano" ] ];
  nvim = [ [ "neovim" "/usr/bin/nvim" ] ];
  awk = [
    [ "gawk" "/usr/bin/gawk" ]
    [ "mawk" "/usr/bin/mawk" ]
    [ "original-awk" "/usr/bin/original-awk" ]
  ];
  xz = tool: [ [ "xz-utils" "/usr/bin/${tool}" ] ];
  iptables = tool: [ [ "iptables" "/usr/sbin/${tool}" ] ];
  emacs = [ "pgtk" "gtk" "lucid" "nox" ];
  imagemagick = tool: [
    [ "imagemagick-7.q16" "/usr/bin/${tool}-im7.q16" ]
    [ "imagemagick-6.q16" "/usr/bin/${tool}-im6.q16" ]
  ];
  java =
    tool:
    map (n: [ "openjdk-${n}-jre-headless" "/usr/lib/jvm/java-${n}-openjdk-amd64/bin/${tool}" ]) [
      "25"
      "21"
      "17"
    ];
  jdk =
    tool:
    map (n: [ "openjdk-${n}-jdk-headless" "/usr/lib/jvm/java-${n}-openjdk-amd64/bin/${tool}" ]) [
      "25"
      "21"
      "17"
    ];
  # Libraries of linear algebra, which numpy and others are linked with: OpenBLAS, else the reference.
  libraries = "/usr/lib/x86_64-linux-gnu";
  openblas =
    suffix: file:
    map (kind: [ "libopenblas${suffix kind}" "${libraries}/openblas-${kind}/${file}" ]) [
      "pthread"
      "openmp"
      "serial"
    ];
  algebra =
    library: package:
    let
      shared = "lib${library}.so.3";
      ofDev = file: {
        name = "${libraries}/${file}";
        value = openblas (kind: "-${kind}-dev") file ++ [
          [ "lib${library}-dev" "${libraries}/${library}/${file}" ]
        ];
      };
    in
    builtins.listToAttrs [
      {
        name = "${libraries}/${shared}";
        value = openblas (kind: "0-${kind}") shared ++ [
          [ package "${libraries}/${library}/${shared}" ]
        ];
      }
      (ofDev "lib${library}.so")
      (ofDev "lib${library}.a")
    ];
  automake =
    tool:
    map (version: [ "automake" "/usr/bin/${tool}-${version}" "1:${version}" ]) [
      "1.18"
      "1.17"
      "1.16"
    ];
  traceroute = tool: [ [ "traceroute" "/usr/bin/${tool}.db" ] ];
in
builtins.listToAttrs (
  builtins.concatMap (
    version:
    map
      (extension: {
        name = "/usr/share/postgresql/${version}/extension/${extension}.control";
        value = [
          [
            "postgresql-${version}-postgis-3-scripts"
            "/usr/share/postgresql/${version}/extension/${extension}-3.control"
          ]
        ];
      })
      [
        "address_standardizer"
        "address_standardizer_data_us"
        "postgis"
        "postgis_raster"
        "postgis_sfcgal"
        "postgis_tiger_geocoder"
        "postgis_topology"
      ]
  ) [ "15" "16" "17" "18" ]
)
// algebra "blas" "libblas3"
// algebra "lapack" "liblapack3"
// {
  "${libraries}/libopenblas.so.0" = openblas (kind: "0-${kind}") "libopenblas.so.0";
  "${libraries}/libopenblas.so" = openblas (kind: "-${kind}-dev") "libopenblas.so";
  "/usr/include/x86_64-linux-gnu/cblas.h" = [
    [ "libopenblas-pthread-dev" "/usr/include/x86_64-linux-gnu/openblas-pthread/cblas.h" ]
    [ "libblas-dev" "/usr/include/x86_64-linux-gnu/cblas-netlib.h" ]
  ];
}
// builtins.listToAttrs (
  map
    (tool: {
      name = "/usr/bin/${tool}";
      value = imagemagick tool;
    })
    [
      "animate"
      "compare"
      "composite"
      "conjure"
      "convert"
      "display"
      "identify"
      "import"
      "mogrify"
      "montage"
      "stream"
    ]
)
// {
  "/usr/bin/awk" = awk;
  "/usr/bin/nawk" = awk;

  "/usr/bin/editor" = nano ++ vim (nvim ++ tinyVim);
  "/usr/bin/pico" = nano;
  "/usr/bin/vi" = vim (nvim ++ tinyVim);
  "/usr/bin/vim" = vim nvim;
  "/usr/bin/ex" = vim (nvim ++ tinyVim);
  "/usr/bin/view" = vim (nvim ++ tinyVim);
  "/usr/bin/rview" = vim tinyVim;
  "/usr/bin/vimdiff" = vim nvim;
  "/usr/bin/rvim" = vim [ ];

  "/usr/bin/pager" = [ [ "less" "/usr/bin/less" ] [ "util-linux" "/usr/bin/more" ] ];
  "/usr/bin/which" = [
    [ "gnu-which" "/usr/bin/which.gnu" ]
    [ "debianutils" "/usr/bin/which.debianutils" ]
  ];
  "/usr/bin/w" = [ [ "procps" "/usr/bin/w.procps" ] ];
  "/usr/bin/write" = [ [ "bsdextrautils" "/usr/bin/write.ul" ] ];
  "/usr/sbin/rmt" = [ [ "tar" "/usr/sbin/rmt-tar" ] ];
  "/usr/bin/nc" = [
    [ "netcat-openbsd" "/usr/bin/nc.openbsd" ]
    [ "netcat-traditional" "/usr/bin/nc.traditional" ]
  ];
  "/usr/bin/netcat" = [
    [ "netcat-openbsd" "/usr/bin/nc.openbsd" ]
    [ "netcat-traditional" "/usr/bin/nc.traditional" ]
  ];
  "/usr/bin/telnet" = [ [ "inetutils-telnet" "/usr/bin/inetutils-telnet" ] ];
  "/usr/bin/ftp" = [ [ "tnftp" "/usr/bin/tnftp" ] [ "inetutils-ftp" "/usr/bin/inetutils-ftp" ] ];
  "/usr/bin/traceroute" = [
    [ "traceroute" "/usr/bin/traceroute.db" ]
    [ "inetutils-traceroute" "/usr/bin/inetutils-traceroute" ]
  ];
  "/usr/bin/pinentry" = [
    [ "pinentry-gnome3" "/usr/bin/pinentry-gnome3" ]
    [ "pinentry-gtk2" "/usr/bin/pinentry-gtk-2" ]
    [ "pinentry-qt" "/usr/bin/pinentry-qt" ]
    [ "pinentry-curses" "/usr/bin/pinentry-curses" ]
    [ "pinentry-tty" "/usr/bin/pinentry-tty" ]
  ];
  "/usr/bin/fakeroot" = [ [ "fakeroot" "/usr/bin/fakeroot-sysv" ] ];

  "/usr/bin/lzma" = xz "xz";
  "/usr/bin/unlzma" = xz "unxz";
  "/usr/bin/lzcat" = xz "xzcat";
  "/usr/bin/lzmore" = xz "xzmore";
  "/usr/bin/lzless" = xz "xzless";
  "/usr/bin/lzdiff" = xz "xzdiff";
  "/usr/bin/lzcmp" = xz "xzcmp";
  "/usr/bin/lzgrep" = xz "xzgrep";
  "/usr/bin/lzegrep" = xz "xzegrep";
  "/usr/bin/lzfgrep" = xz "xzfgrep";

  "/usr/sbin/iptables" = iptables "iptables-nft";
  "/usr/sbin/iptables-save" = iptables "iptables-nft-save";
  "/usr/sbin/iptables-restore" = iptables "iptables-nft-restore";
  "/usr/sbin/ip6tables" = iptables "ip6tables-nft";
  "/usr/sbin/ip6tables-save" = iptables "ip6tables-nft-save";
  "/usr/sbin/ip6tables-restore" = iptables "ip6tables-nft-restore";
  "/usr/sbin/arptables" = [ [ "arptables" "/usr/sbin/arptables-nft" ] ];
  "/usr/sbin/ebtables" = [ [ "ebtables" "/usr/sbin/ebtables-nft" ] ];

  "/usr/bin/cc" = gccTools "gcc";
  "/usr/bin/c89" = gccTools "c89-gcc";
  "/usr/bin/c99" = gccTools "c99-gcc";
  "/usr/bin/c++" = [ [ "g++" "/usr/bin/g++" ] ];
  "/usr/bin/yacc" = [ [ "bison" "/usr/bin/bison.yacc" ] ];

  "/usr/bin/java" = java "java";
  "/usr/bin/keytool" = java "keytool";
  "/usr/bin/javac" = jdk "javac";
  "/usr/bin/jar" = jdk "jar";
  "/usr/bin/jshell" = jdk "jshell";

  "/usr/bin/lua" = [
    [ "lua5.4" "/usr/bin/lua5.4" ]
    [ "lua5.3" "/usr/bin/lua5.3" ]
    [ "lua5.2" "/usr/bin/lua5.2" ]
    [ "lua5.1" "/usr/bin/lua5.1" ]
  ];
  "/usr/bin/luac" = [
    [ "lua5.4" "/usr/bin/luac5.4" ]
    [ "lua5.3" "/usr/bin/luac5.3" ]
    [ "lua5.2" "/usr/bin/luac5.2" ]
    [ "lua5.1" "/usr/bin/luac5.1" ]
  ];
  "/usr/bin/php" = map (v: [ "php${v}-cli" "/usr/bin/php${v}" ]) [ "8.4" "8.2" ];
  "/usr/bin/wine" = [ [ "wine" "/usr/bin/wine-stable" ] ];

  "/usr/lib/firmware/regulatory.db" = [
    [ "wireless-regdb" "/usr/lib/firmware/regulatory.db-debian" ]
  ];
  "/usr/lib/firmware/regulatory.db.p7s" = [
    [ "wireless-regdb" "/usr/lib/firmware/regulatory.db.p7s-debian" ]
  ];

  "/usr/bin/magick" = [ [ "imagemagick-7.q16" "/usr/bin/magick-im7.q16" ] ];
  "/usr/bin/emacs" = map (kind: [ "emacs-${kind}" "/usr/bin/emacs-${kind}" ]) emacs;
  "/usr/bin/emacsclient" = map (kind: [ "emacs-${kind}" "/usr/bin/emacsclient.emacs" ]) emacs;
  "/usr/bin/ctags" = [
    [ "universal-ctags" "/usr/bin/ctags-universal" ]
    [ "exuberant-ctags" "/usr/bin/ctags-exuberant" ]
  ];
  "/usr/bin/mvn" = [ [ "maven" "/usr/share/maven/bin/mvn" ] ];
  "/usr/bin/groovy" = [ [ "groovy" "/usr/share/groovy/bin/groovy" ] ];
  "/usr/bin/scala" = [ [ "scala" "/usr/share/scala-2.11/bin/scala" ] ];
  "/usr/bin/ksh" = [ [ "ksh93u+m" "/usr/bin/ksh93" ] [ "mksh" "/usr/bin/mksh" ] ];
  "/usr/bin/rc" = [ [ "rc" "/usr/bin/rc.byron" ] ];
  "/usr/bin/jam" = [ [ "jam" "/usr/bin/jam.perforce" ] ];
  "/usr/bin/lzip" = [ [ "lzip" "/usr/bin/lzip.lzip" ] ];
  "/usr/bin/mail" = [
    [ "mailutils" "/usr/bin/mail.mailutils" ]
    [ "bsd-mailx" "/usr/bin/bsd-mailx" ]
  ];
  "/usr/bin/figlet" = [ [ "figlet" "/usr/bin/figlet-figlet" ] ];
  "/usr/bin/dwm" = [ [ "dwm" "/usr/bin/dwm.default" ] ];
  "/usr/bin/unrar" = [
    [ "unrar" "/usr/bin/unrar-nonfree" ]
    [ "unrar-free" "/usr/bin/unrar-free" ]
  ];
  "/usr/bin/automake" = automake "automake";
  "/usr/bin/aclocal" = automake "aclocal";
  "/usr/bin/locate" = [ [ "plocate" "/usr/bin/plocate" ] ];
  "/usr/bin/updatedb" = [ [ "plocate" "/usr/sbin/updatedb.plocate" ] ];
  "/usr/bin/aptitude" = [ [ "aptitude" "/usr/bin/aptitude-curses" ] ];
  "/usr/bin/mailx" = [ [ "bsd-mailx" "/usr/bin/bsd-mailx" ] ];
  "/usr/bin/rename" = [ [ "rename" "/usr/bin/file-rename" ] ];
  "/usr/bin/traceroute6" = traceroute "traceroute6";
  "/usr/bin/lft" = traceroute "lft";
  "/usr/bin/vncviewer" = [ [ "tigervnc-viewer" "/usr/bin/xtigervncviewer" ] ];
  "/usr/bin/unclutter" = [ [ "unclutter" "/usr/bin/unclutter-classic" ] ];
  "/usr/bin/odt2txt" = [ [ "odt2txt" "/usr/bin/odt2txt.odt2txt" ] ];
  "/usr/bin/ncftp" = [ [ "ncftp" "/usr/bin/ncftp3" ] ];
  "/usr/bin/sar" = [ [ "sysstat" "/usr/bin/sar.sysstat" ] ];
  "/usr/bin/pdftk" = [ [ "pdftk-java" "/usr/bin/pdftk.pdftk-java" ] ];
  "/usr/bin/snd" = [ [ "snd-gui-pulse" "/usr/bin/snd.gui-pulse" ] ];
  "/usr/bin/tachyon" = [ [ "tachyon-bin-nox" "/usr/bin/tachyon-nox" ] ];
  "/usr/bin/bogofilter" = [ [ "bogofilter-bdb" "/usr/bin/bogofilter-bdb" ] ];
  "/usr/bin/ghdl" = [ [ "ghdl-mcode" "/usr/bin/ghdl-mcode" ] ];
  "/usr/bin/wesnoth" = [ [ "wesnoth-1.18" "/usr/games/wesnoth-1.18" ] ];
  "/usr/sbin/slurmctld" = [ [ "slurmctld" "/usr/sbin/slurmctld-wlm" ] ];
  "/usr/sbin/slurmd" = [ [ "slurmd" "/usr/sbin/slurmd-wlm" ] ];

  # Programs that Debian has renamed, as another package already had the name: also under their usual names.
  "/usr/bin/aegisub" = [ [ "aegisub" "/usr/bin/aegisub-3.2" ] ];
  "/usr/bin/bat" = [ [ "bat" "/usr/bin/batcat" ] ];
  "/usr/bin/fd" = [ [ "fd-find" "/usr/bin/fdfind" ] ];
  "/usr/bin/gist" = [ [ "gist" "/usr/bin/gist-paste" ] ];
  "/usr/bin/hy" = [ [ "hy" "/usr/bin/hy3" ] ];
  "/usr/bin/ipcalc" = [ [ "ipcalc-ng" "/usr/bin/ipcalc-ng" ] ];
  "/usr/bin/ipython" = [ [ "ipython3" "/usr/bin/ipython3" ] ];
  "/usr/bin/keyd" = [ [ "keyd" "/usr/bin/keyd.rvaiya" ] ];
  "/usr/bin/muon" = [ [ "muon-meson" "/usr/bin/muon-meson" ] ];
  "/usr/bin/pat" = [ [ "pat" "/usr/bin/pat-winlink" ] ];
  "/usr/bin/signify" = [ [ "signify-openbsd" "/usr/bin/signify-openbsd" ] ];
  "/usr/bin/tldr" = [ [ "tldr-py" "/usr/bin/tldr-py" ] ];
  "/usr/bin/xfreerdp" = [ [ "freerdp3-x11" "/usr/bin/xfreerdp3" ] ];
  "/usr/bin/yank" = [ [ "yank" "/usr/bin/yank-cli" ] ];
  "/usr/bin/yarn" = [ [ "yarnpkg" "/usr/bin/yarnpkg" ] ];
}
