# nixpkgs' names -> Debian's, where they differ. A list is several packages as one; a `?` behind a name: where the suite has it. Names
# that carry a version are in versioned.nix.
let
  mariadb = [ "mariadb-server" "mariadb-client" "mariadb-server-core" "mariadb-client-core" ];

  # What default-jdk stands for: its programs are in the package of the version.
  jre = [ "default-jre-headless" "openjdk-21-jre-headless?" "openjdk-17-jre-headless?" ];
  jdk = [ "default-jdk-headless" "openjdk-21-jdk-headless?" "openjdk-17-jdk-headless?" ] ++ jre;

  # The backend that NixOS's default configuration has.
  powerdns = [ "pdns-server" "pdns-backend-bind?" ];

  # Debian has parts of it in packages of their own.
  util-linux = [ "util-linux" "mount" "fdisk" "bsdutils" "bsdextrautils" "eject" "uuid-runtime" ];

  libreoffice = [
    "libreoffice-common"
    "libreoffice-writer"
    "libreoffice-calc"
    "libreoffice-impress"
    "libreoffice-draw"
    "libreoffice-math"
    "libreoffice-base"
  ];
in
{
  # The base
  bashInteractive = "bash";
  cacert = "ca-certificates";
  coreutils-full = "coreutils";
  glibc = "libc6";
  glibcLocales = "locales-all";
  gnugrep = "grep";
  gnumake = "make";
  gnum4 = "m4";
  gnupatch = "patch";
  gnused = "sed";
  gnutar = "tar";
  gpgme = "libgpgme11t64";
  man = "man-db";
  man-pages = "manpages";
  ncurses = [ "ncurses-bin" "ncurses-base" ];
  gettext = [ "gettext" "gettext-base" ];
  pam = "libpam-modules";
  shadow = [ "passwd" "login" "uidmap" ];
  su = "util-linux";
  util-linux = util-linux;
  utillinux = util-linux;
  which = "debianutils";
  busybox = "busybox-static";
  iana-etc = "netbase";
  polkit = [ "polkitd" "pkexec" ];
  systemdMinimal = "systemd";
  getent = "libc-bin";
  mailcap = [ "mailcap" "media-types" ];
  ps = "procps";
  pkg-config = "pkgconf";
  telnet = "inetutils-telnet";
  uutils-coreutils = "rust-coreutils";
  uutils-diffutils = "rust-diffutils";
  uutils-findutils = "rust-findutils";
  dbus = [ "dbus" "dbus-bin" "dbus-daemon" ];
  gnupg = [ "gnupg" "gpg" "gpg-agent" "gpgconf" "gpgsm" "gpgv" "dirmngr" ];
  libfaketime = [ "faketime" "libfaketime" ];

  audit = "auditd";
  dconf = "dconf-cli";
  doas = "opendoas";
  killall = "psmisc";
  libnotify = "libnotify-bin";
  nix = "nix-bin";
  nixFlakes = "nix-bin";
  nixStable = "nix-bin";
  nixUnstable = "nix-bin";
  rng-tools = "rng-tools5";

  # Files and disks
  ddrescue = "gddrescue";
  exfat = "exfatprogs";
  ntfs3g = "ntfs-3g";
  cryptsetup = "cryptsetup-bin";
  gptfdisk = "gdisk";
  sshfs-fuse = "sshfs";
  nfs-utils = "nfs-common";
  squashfsTools = "squashfs-tools";
  libisoburn = "xorriso";
  cdrkit = "genisoimage";
  fuse = "fuse3";
  growpart = "cloud-guest-utils";
  cloud-utils = "cloud-guest-utils";
  drbd = "drbd-utils";
  bmap-tools = [ "bmaptool?" "bmap-tools" ];
  compsize = "btrfs-compsize";
  imagemagick = [ "imagemagick-7.q16?" "imagemagick-6.q16?" ];
  mlocate = "plocate";
  offlineimap = "offlineimap3";
  handbrake = [ "handbrake" "handbrake-cli" ];
  libguestfs = "libguestfs-tools";
  lvm2 = [ "lvm2" "dmsetup" ];

  # Compression
  p7zip = [ "7zip" "p7zip-full" ];
  _7zz = "7zip";
  xz = "xz-utils";
  zlib = "zlib1g";
  lzma = "xz-utils";
  libarchive = "libarchive-tools";

  # Network
  openssh = [ "openssh-client" "openssh-server" "openssh-sftp-server" ];
  openssh_hpn = [ "openssh-client" "openssh-server" "openssh-sftp-server" ];
  iproute = "iproute2";
  iputils = [ "iputils-ping" "iputils-arping" "iputils-tracepath" ];
  inetutils = [ "inetutils-telnet" "inetutils-ftp" "hostname" ];
  nettools = "net-tools";
  dnsutils = "bind9-dnsutils";
  dig = "bind9-dnsutils";
  host = "bind9-host";
  bind = [ "bind9" "bind9-utils" "bind9-dnsutils" ];
  ldns = "ldnsutils";
  netcat = "netcat-openbsd";
  netcat-gnu = "netcat-traditional";
  mtr = "mtr-tiny";
  mtr-gui = "mtr";
  wireshark-cli = "tshark";
  ipcalc = "ipcalc-ng";
  iperf = "iperf3";
  iptables-nftables-compat = "iptables";
  dhcpcd = "dhcpcd-base";
  networkmanager = "network-manager";
  wpa_supplicant = "wpasupplicant";
  wpa_supplicant_gui = "wpagui";
  wirelesstools = "wireless-tools";
  stunnel = "stunnel4";
  proxychains = "proxychains4";
  avahi = [ "avahi-daemon" "avahi-utils" ];
  nssmdns = "libnss-mdns";
  samba = [ "samba" "smbclient" "winbind" ];
  ntp = "ntpsec";
  bird = "bird2";
  conntrack-tools = "conntrack";
  bluez5 = "bluez";
  bluez5-experimental = "bluez";
  conky = "conky-std";
  hping = "hping3";
  kafkacat = "kcat";
  networkmanager-l2tp = "network-manager-l2tp";
  networkmanager-openconnect = "network-manager-openconnect";
  networkmanager-openvpn = "network-manager-openvpn";
  networkmanager-vpnc = "network-manager-vpnc";
  networkmanagerapplet = [ "network-manager-applet?" "network-manager-gnome?" ];
  nghttp2 = [ "nghttp2-client" "nghttp2-server" "nghttp2-proxy" ];
  proxychains-ng = "proxychains4";
  strongswan = [ "strongswan-swanctl" "charon-systemd" "strongswan-starter" "strongswan-pki" ];
  testssl = "testssl.sh";
  tinc_pre = "tinc";
  tor-arm = "nyx";
  transmission_4-gtk = "transmission-gtk";
  transmission_4-qt = "transmission-qt";
  weechat = [ "weechat-curses" "weechat-plugins" ];
  wireguard = "wireguard-tools";
  wireshark = [ "wireshark" "wireshark-qt?" ];
  wireshark-gtk = [ "wireshark" "wireshark-qt?" ];
  wireshark-qt = [ "wireshark-qt?" "wireshark" ];
  collectd = [ "collectd-core" "collectd" ];
  dnsmasq = [ "dnsmasq-base" "dnsmasq" ];
  dropbear = "dropbear-bin";
  miniupnpd = "miniupnpd-nftables";
  tinyproxy = [ "tinyproxy-bin" "tinyproxy" ];
  clamav = [ "clamav" "clamav-daemon" "clamav-freshclam" "clamdscan" ];
  nextcloud-client = "nextcloud-desktop";

  # Servers
  apacheHttpd = [ "apache2" "apache2-bin?" "apache2-utils?" ];
  redis = [ "redis-server" "redis-tools" ];
  valkey = [ "valkey-server" "valkey-tools" ];
  mariadb = mariadb;
  mysql = mariadb;
  mysql80 = mariadb;
  sqlite = "sqlite3";
  sqlite-interactive = "sqlite3";
  etcd = [ "etcd-server" "etcd-client" ];
  etcdctl = "etcd-client";
  cfssl = "golang-cfssl";
  dnscrypt-proxy2 = "dnscrypt-proxy";
  glusterfs = [ "glusterfs-server" "glusterfs-client" ];
  mariadb-galera = "galera-4";
  mpc_cli = "mpc";
  nagios = "nagios4-core";
  alsaUtils = "alsa-utils";
  rpPPPoE = "pppoe";
  rp-pppoe = "pppoe";
  connmanMinimal = "connman";
  mosquitto = [ "mosquitto" "mosquitto-clients" ];
  dovecot = [ "dovecot-core" "dovecot-imapd" ];
  exim = "exim4-daemon-light";
  knot-dns = "knot";
  pdns = powerdns;
  proftpd = "proftpd-core";
  transmission = [ "transmission-cli" "transmission-daemon" ];
  transmission_4 = [ "transmission-cli" "transmission-daemon" ];
  syncthing-discovery = "syncthing-discosrv";
  syncthing-relay = "syncthing-relaysrv";
  syslogng = "syslog-ng-core";
  openldap = [ "slapd" "ldap-utils" ];
  krb5 = "krb5-user";
  krb5Full = [ "krb5-user" "krb5-kdc" "krb5-admin-server" ];
  murmur = "mumble-server";
  icecast = "icecast2";
  bacula = [ "bacula-fd" "bacula-sd" "bacula-console" "bacula-director" ];
  ceph = [ "ceph-common" "ceph-mon" "ceph-mgr" "ceph-osd" ];
  deluge = [ "deluge-gtk" "deluged" "deluge-web" "deluge-console" ];
  deluge-2_x = [ "deluge-gtk" "deluged" "deluge-web" "deluge-console" ];
  miniupnpc_2 = "miniupnpc";
  dict = [ "dict" "dictd" ];
  dovecot_pigeonhole = [ "dovecot-sieve" "dovecot-managesieved" ];
  gitolite = "gitolite3";
  kea = [
    "kea-dhcp4-server"
    "kea-dhcp6-server"
    "kea-dhcp-ddns-server"
    "kea-ctrl-agent"
    "kea-admin"
  ];
  monitoring-plugins = [ "monitoring-plugins-basic" "monitoring-plugins-standard" ];
  nagiosPluginsOfficial = [ "monitoring-plugins-basic" "monitoring-plugins-standard" ];
  ntfy-sh = "ntfy";
  nut = [ "nut-client" "nut-server" ];
  powerdns = powerdns;
  roundcube = "roundcube-core";
  samba4Full = [ "samba" "smbclient" "winbind" ];
  htcondor = [ "condor?" "htcondor?" ];
  puppet = "puppet-agent";
  slurm = [ "slurm-client" "slurmctld" "slurmd" ];
  snapcast = [ "snapserver" "snapclient" ];
  sssd = [ "sssd-common" "sssd-tools" "sssd-ldap" "sssd-krb5" ];
  unbound-full = "unbound";
  unbound-with-systemd = "unbound";
  cups = [ "cups" "cups-daemon" "cups-client" ];
  uwsgi = "uwsgi-core";
  influxdb = [ "influxdb" "influxdb-client" ];

  # Containers and machines
  docker = [ "docker.io" "docker-cli?" ];
  docker-client = "docker-cli";
  kubectl = [ "kubectl?" "kubernetes-client?" ];
  qemu = [ "qemu-system-x86" "qemu-utils" ];
  qemu_kvm = [ "qemu-system-x86" "qemu-utils" ];
  qemu_full = [ "qemu-system" "qemu-utils" "qemu-user" ];
  OVMF = "ovmf";
  OVMFFull = "ovmf";
  libu2f-host = "u2f-host";
  libvirt = [
    "libvirt-daemon-system"
    "libvirt-clients"
    "libvirt-daemon-lock?"
    "libvirt-daemon-log?"
  ];
  snap = "snapd";
  virtinst = [ "virt-install?" "virtinst" ];
  virtmanager = "virt-manager";
  incus = [ "incus-client" "incus" "incus-base" ];

  # Looking at the machine
  procps-ng = "procps";
  lm_sensors = [ "lm-sensors" "fancontrol" ];
  bottom = "btm";
  iotop = "iotop-c";
  dust = "du-dust";
  perf-tools = "linux-perf";
  perf = "linux-perf";
  bpftools = "bpftool";
  bcc = "bpfcc-tools";
  grub2 = [ "grub-common" "grub2-common" ];
  grub2_efi = "grub-efi-amd64-bin";
  systemd-boot = "systemd-boot-efi";
  memtest86plus = "memtest86+";
  apparmor-bin-utils = "apparmor";
  apparmor-pam = "libpam-apparmor";
  apparmor-parser = "apparmor";
  drm_info = "drm-info";
  freeipmi = "freeipmi-tools";
  glxinfo = "mesa-utils";
  hardinfo = [ "hardinfo2?" "hardinfo" ];
  libva-utils = "vainfo";
  mesa-demos = [ "mesa-utils" "mesa-utils-bin" ];
  pev = [ "readpe?" "pev" ];

  # In the terminal
  vim-full = "vim-nox";
  vimHugeX = "vim-gtk3";
  vim_configurable = "vim-nox";
  neovim-unwrapped = "neovim";
  emacs = "emacs-nox";
  helix = "hx";
  fd = "fd-find";
  silver-searcher = "silversearcher-ag";
  delta = "git-delta";
  libxml2 = "libxml2-utils";
  tldr = "tldr-py";
  fortune = "fortune-mod";
  newt = "whiptail";
  util-linuxMinimal = util-linux;
  taskwarrior3 = "taskwarrior";
  passwordstore = "pass";
  mkpasswd = "whois";
  ffmpeg-headless = "ffmpeg";
  poppler_utils = "poppler-utils";
  texliveFull = "texlive-full";
  texliveBasic = "texlive-latex-base";
  texliveSmall = "texlive-latex-recommended";
  gnuplot = "gnuplot-nox";
  exiftool = "libimage-exiftool-perl";
  tesseract = "tesseract-ocr";
  cronie = "cron";
  afl = "afl++";
  asciidoc = "asciidoc-base";
  bogofilter = [ "bogofilter-bdb" "bogofilter-common" ];
  diffoscope = "diffoscope-minimal";
  espeak = "espeak-ng";
  gmailieer = "lieer";
  gnutls = "gnutls-bin";
  keepassx = [ "keepassxc-full?" "keepassxc" ];
  keepassxc = [ "keepassxc-full?" "keepassxc" ];
  ksh = "ksh93u+m";
  libargon2 = "argon2";
  librsvg = "librsvg2-bin";
  libsecret = "libsecret-tools";
  mu = "maildir-utils";
  nss = "libnss3-tools";
  nss_latest = "libnss3-tools";
  easyrsa = "easy-rsa";
  pdftk = "pdftk-java";
  recoll = [ "recollgui" "recollcmd" ];
  scim = "sc-im";
  signify = "signify-openbsd";
  softhsm = "softhsm2";
  wordgrinder = "wordgrinder-ncurses";
  youtube-dl = "yt-dlp";
  zimwriterfs = "zim-tools";

  # Development
  gitFull = [ "git" "git-email" "git-svn" "gitk" ];
  gitMinimal = "git";
  gcc = [ "gcc" "g++" ];
  clang-tools = [ "clang-tools" "clang-format" "clang-tidy" "clangd" ];
  binutils-unwrapped = "binutils";
  cmakeCurses = "cmake-curses-gui";
  ninja = "ninja-build";
  libtool = "libtool-bin";
  ctags = "exuberant-ctags";
  go = "golang-go";
  clippy = "rust-clippy";
  nodejs = [ "nodejs" "npm" ];
  nodejs-slim = "nodejs";
  yarn = "yarnpkg";
  typescript = "node-typescript";
  lua = "lua5.4";
  stack = "haskell-stack";
  dune_3 = "ocaml-dune";
  erlang = "erlang-base";
  R = "r-base-core";
  jdk = jdk;
  jdk_headless = jdk;
  jre = jre;
  jre_headless = jre;
  openjdk = jdk;
  guile = "guile-3.0";
  chicken = "chicken-bin";
  swiProlog = [ "swi-prolog-nox" "swi-prolog-core" ];
  swi-prolog = [ "swi-prolog-nox" "swi-prolog-core" ];
  fpc = "fp-compiler";
  vala = "valac";
  mono = "mono-runtime";
  poetry = "python3-poetry";
  ipython = "ipython3";
  protobuf = "protobuf-compiler";
  grpc = "protobuf-compiler-grpc";
  flatbuffers = "flatbuffers-compiler";
  sphinx = "python3-sphinx";
  awscli2 = "awscli";
  openstackclient = "python3-openstackclient";
  agda = "agda-bin";
  android-tools = [ "adb" "fastboot" ];
  antlr = "antlr4";
  breezy = "brz";
  bundler = "ruby-bundler";
  catch2 = [ "libcatch2-dev?" "catch2" ];
  charliecloud = [ "charliecloud-builders" "charliecloud-runtime" ];
  doctest = "doctest-dev";
  dtc = "device-tree-compiler";
  dune = "ocaml-dune";
  edb = "edb-debugger";
  editorconfig-core-c = "editorconfig";
  ghdl = "ghdl-mcode";
  gotools = "golang-golang-x-tools";
  groonga = "groonga-bin";
  icecream = "icecc";
  jenkins-job-builder = "python3-jenkins-job-builder";
  jupyter = [ "jupyter-core" "jupyter-client" "jupyter-console" "jupyter-notebook" ];
  klaus = "python3-klaus";
  mongoose = [ "suitesparse-mongoose?" "mongoose" ];
  muon = "muon-meson";
  primesieve = "primesieve-bin";
  singular = "singular-ui";
  stlink = "stlink-tools";
  swift = "swiftlang";
  ansible = [ "ansible-core" "ansible" ];
  virtualenv = "python3-virtualenv";

  # Libraries
  libffi = "libffi8";
  libuuid = "libuuid1";
  readline = "libreadline8t64";
  gmp = "libgmp10";
  libsodium = "libsodium23";
  glib = "libglib2.0-0t64";
  curlFull = "curl";
  libcap = "libcap2-bin";
  libseccomp = "libseccomp2";
  libcgroup = "cgroup-tools";
  db = "db-util";
  alsa-lib = "libasound2t64";
  enchant = "enchant-2";
  expat = [ "expat" "libexpat1" ];
  freetype = "libfreetype6";
  gdk-pixbuf = "libgdk-pixbuf2.0-bin";
  gtk3 = "libgtk-3-0t64";
  icu = [ "libicu76?" "libicu72?" ];
  intel-compute-runtime = "intel-opencl-icd";
  intel-media-driver = "intel-media-va-driver";
  libGL = "libgl1";
  libeatmydata = "eatmydata";
  libmysqlclient = "libmariadb3";
  libunwind = "libunwind8";
  libusb1 = "libusb-1.0-0";
  libva = "libva2";
  libxkbcommon = "libxkbcommon0";
  mesa = [ "libgl1-mesa-dri" "mesa-vulkan-drivers" "mesa-va-drivers" ];
  vpl-gpu-rt = "libmfx-gen1.2";
  vulkan-loader = "libvulkan1";
  gdal = "gdal-bin";
  geos = "geos-bin";
  gtk2 = "libgtk2.0-0t64";
  gtk4 = "libgtk-4-1";
  hdf5 = "hdf5-tools";
  libheif = "libheif-examples";
  libimobiledevice = "libimobiledevice-utils";
  libinput = "libinput-tools";
  libjpeg = "libjpeg-turbo-progs";
  libjpeg_turbo = "libjpeg-turbo-progs";
  libjxl = "libjxl-tools";
  libmtp = "mtp-tools";
  libpng = "libpng-tools";
  libtiff = "libtiff-tools";
  libwebp = "webp";
  libxslt = "xsltproc";
  lmdb = "lmdb-utils";
  netcdf = "netcdf-bin";
  openmpi = "openmpi-bin";
  proj = "proj-bin";

  # Desktops
  firefox = "firefox-esr";
  i3 = "i3-wm";
  dmenu = "suckless-tools";
  dejavu_fonts = [ "fonts-dejavu-core" "fonts-dejavu-extra" ];
  noto-fonts = "fonts-noto-core";
  noto-fonts-cjk-sans = "fonts-noto-cjk";
  noto-fonts-emoji = "fonts-noto-color-emoji";
  liberation_ttf = "fonts-liberation";
  fcitx5-gtk = [ "fcitx5-frontend-gtk2" "fcitx5-frontend-gtk3" "fcitx5-frontend-gtk4?" ];
  fira-code = "fonts-firacode";
  font-awesome = "fonts-font-awesome";
  tigervnc = [ "tigervnc-standalone-server" "tigervnc-viewer" ];
  freerdp = "freerdp3-x11";
  antimicrox = "antimicro";
  baresip = "baresip-core";
  boinc = [ "boinc-client" "boinc-manager" ];
  breeze-icons = [ "kf6-breeze-icon-theme?" "breeze-icon-theme" ];
  brlaser = "printer-driver-brlaser";
  caladea = "fonts-crosextra-caladea";
  carlito = "fonts-crosextra-carlito";
  chrome-gnome-shell = "gnome-browser-connector";
  cm_unicode = "fonts-cmu";
  culmus = [ "fonts-culmus?" "culmus?" ];
  discover = "plasma-discover";
  djview = "djview4";
  dragonfly-reverb = [ "dragonfly-reverb-lv2" "dragonfly-reverb-standalone" ];
  eiskaltdcpp = "eiskaltdcpp-qt";
  epiphany = "epiphany-browser";
  font-awesome_4 = "fonts-font-awesome";
  gentium = "fonts-sil-gentiumplus";
  gftp = [ "gftp-text" "gftp-gtk?" ];
  gnokii = "gnokii-cli";
  gnome-mpv = "celluloid";
  goldendict = [ "goldendict-ng?" "goldendict" ];
  grass = [ "grass-core" "grass-gui" ];
  gtk-engine-murrine = "gtk2-engines-murrine";
  gutenprint = "printer-driver-gutenprint";
  hack-font = "fonts-hack";
  inconsolata = "fonts-inconsolata";
  ipafont = [ "fonts-ipafont-gothic" "fonts-ipafont-mincho" ];
  jetbrains-mono = "fonts-jetbrains-mono";
  kodi-wayland = "kodi";
  lato = "fonts-lato";
  libertine = "fonts-linuxlibertine";
  linphone = "linphone-desktop";
  lsp-plugins = [ "lsp-plugins-lv2" "lsp-plugins-jack" ];
  mako = "mako-notifier";
  matchbox = "matchbox-window-manager";
  noto-fonts-cjk = "fonts-noto-cjk";
  noto-fonts-color-emoji = "fonts-noto-color-emoji";
  open-sans = "fonts-open-sans";
  powerline-fonts = "fonts-powerline";
  pulseaudioFull = [ "pulseaudio" "pulseaudio-utils" ];
  puredata = [ "puredata-core" "puredata-gui" ];
  renderdoc = [ "renderdoccmd" "qrenderdoc" ];
  roboto = "fonts-roboto-unhinted";
  rofi-wayland = "rofi";
  sane-backends = [ "sane-utils" "libsane1" ];
  snd = "snd-gui-pulse";
  source-sans = "fonts-adobe-sourcesans3";
  spectral = "neochat";
  splix = "printer-driver-splix";
  supercollider = [ "supercollider-language" "supercollider-server" "supercollider-ide" ];
  swaynotificationcenter = "sway-notification-center";
  symbola = "fonts-symbola";
  tachyon = "tachyon-bin-nox";
  terminus_font = [ "fonts-terminus-otb" "xfonts-terminus" ];
  texmacs = [ "texmacs-bin" "texmacs-base" ];
  tracker = [ "tinysparql?" "tracker" ];
  ttf_bitstream_vera = "ttf-bitstream-vera";
  xnee = "cnee";
  yabause = "yabause-qt";
  inherit libreoffice;
  libreoffice-fresh = libreoffice;
  libreoffice-still = libreoffice;
  libreoffice-qt = libreoffice;
  fcitx = [ "fcitx-bin" "fcitx" ];
  packagekit = [ "packagekit-tools" "packagekit" ];
  pipewire = [ "pipewire-bin" "pipewire" ];
  vlc = [ "vlc-bin" "vlc" ];
  ffmpeg-full = "ffmpeg";
  freecad = [ "freecad" "freecad-python3" ];
  pulseaudio = [ "pulseaudio" "pulseaudio-utils" ];
  xorg-server = "xserver-xorg-core";

  # Servers whose programs Debian has in several packages
  atftp = [ "atftp" "atftpd" ];
  munin = [ "munin" "munin-node" ];
  ndisc6 = [ "ndisc6" "rdnssd" ];
  opendkim = [ "opendkim" "opendkim-tools" ];
  spamassassin = [ "spamassassin" "spamc" "spamd?" ];
  unbound = [ "unbound" "unbound-anchor" ];

  # Games
  nethack = "nethack-console";
  bzflag = [ "bzflag-client" "bzflag-server" ];
  freedink = "freedink-engine";
  gap = "gap-core";
  minetest = [ "luanti?" "minetest" ];
  wesnoth = [ "wesnoth-1.18?" "wesnoth" ];
}
