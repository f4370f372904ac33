# What update-alternatives would link, as far as it matters: link -> [ package, target ] in the order of preference. The first whose
# package is there is linked.
let
  gccTools = name: [ [ "gcc" "/usr/bin/${name}" ] ];
  vim = rest: [
    [ "vim-nox" "/usr/bin/vim.nox" ]
    [ "vim-gtk3" "/usr/bin/vim.gtk3" ]
    [ "vim" "/usr/bin/vim.basic" ]
  ] ++ rest;
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
  java = tool: map (n: [ "openjdk-${n}-jre-headless" "/usr/lib/jvm/java-${n}-openjdk-amd64/bin/${tool}" ]) [ "25" "21" "17" ];
  jdk = tool: map (n: [ "openjdk-${n}-jdk-headless" "/usr/lib/jvm/java-${n}-openjdk-amd64/bin/${tool}" ]) [ "25" "21" "17" ];
in
{
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
  "/usr/bin/which" = [ [ "gnu-which" "/usr/bin/which.gnu" ] [ "debianutils" "/usr/bin/which.debianutils" ] ];
  "/usr/bin/w" = [ [ "procps" "/usr/bin/w.procps" ] ];
  "/usr/bin/write" = [ [ "bsdextrautils" "/usr/bin/write.ul" ] ];
  "/usr/sbin/rmt" = [ [ "tar" "/usr/sbin/rmt-tar" ] ];
  "/usr/bin/nc" = [ [ "netcat-openbsd" "/usr/bin/nc.openbsd" ] [ "netcat-traditional" "/usr/bin/nc.traditional" ] ];
  "/usr/bin/netcat" = [ [ "netcat-openbsd" "/usr/bin/nc.openbsd" ] [ "netcat-traditional" "/usr/bin/nc.traditional" ] ];
  "/usr/bin/telnet" = [ [ "inetutils-telnet" "/usr/bin/inetutils-telnet" ] ];
  "/usr/bin/ftp" = [ [ "tnftp" "/usr/bin/tnftp" ] [ "inetutils-ftp" "/usr/bin/inetutils-ftp" ] ];
  "/usr/bin/traceroute" = [ [ "traceroute" "/usr/bin/traceroute.db" ] [ "inetutils-traceroute" "/usr/bin/inetutils-traceroute" ] ];
  "/usr/bin/pinentry" = [ [ "pinentry-curses" "/usr/bin/pinentry-curses" ] ];
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

  "/usr/bin/lua" = [ [ "lua5.4" "/usr/bin/lua5.4" ] [ "lua5.3" "/usr/bin/lua5.3" ] [ "lua5.2" "/usr/bin/lua5.2" ] [ "lua5.1" "/usr/bin/lua5.1" ] ];
  "/usr/bin/luac" = [ [ "lua5.4" "/usr/bin/luac5.4" ] [ "lua5.3" "/usr/bin/luac5.3" ] [ "lua5.2" "/usr/bin/luac5.2" ] [ "lua5.1" "/usr/bin/luac5.1" ] ];
  "/usr/bin/php" = map (v: [ "php${v}-cli" "/usr/bin/php${v}" ]) [ "8.4" "8.2" ];
  "/usr/bin/wine" = [ [ "wine" "/usr/bin/wine-stable" ] ];

  "/usr/lib/firmware/regulatory.db" = [ [ "wireless-regdb" "/usr/lib/firmware/regulatory.db-debian" ] ];
  "/usr/lib/firmware/regulatory.db.p7s" = [ [ "wireless-regdb" "/usr/lib/firmware/regulatory.db.p7s-debian" ] ];
}
