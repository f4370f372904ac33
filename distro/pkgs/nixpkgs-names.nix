# nixpkgs' names -> Debian's, where they differ. A list is several packages as one; a `?` behind a name: where the suite has it. Names that carry a version are in versioned.nix.
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
  pam = "libpam-modules";
  shadow = [ "passwd" "login" ];
  su = "util-linux";
  utillinux = "util-linux";
  which = "debianutils";
  busybox = "busybox-static";
  iana-etc = "netbase";
  polkit = "polkitd";
  systemdMinimal = "systemd";

  audit = "auditd";
  dconf = "dconf-cli";
  doas = "opendoas";
  killall = "psmisc";
  libnotify = "libnotify-bin";
  nix = "nix-bin";
  rng-tools = "rng-tools5";

  # Files and disks
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

  # Compression
  p7zip = "p7zip-full";
  _7zz = "7zip";
  xz = "xz-utils";
  zlib = "zlib1g";

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
  drill = "ldnsutils";
  netcat = "netcat-openbsd";
  netcat-gnu = "netcat-traditional";
  mtr = "mtr-tiny";
  mtr-gui = "mtr";
  wireshark-cli = "tshark";
  iperf = "iperf3";
  iptables-nftables-compat = "iptables";
  dhcpcd = "dhcpcd-base";
  networkmanager = "network-manager";
  wpa_supplicant = "wpasupplicant";
  wirelesstools = "wireless-tools";
  stunnel = "stunnel4";
  proxychains = "proxychains4";
  avahi = [ "avahi-daemon" "avahi-utils" ];
  nssmdns = "libnss-mdns";
  samba = [ "samba" "smbclient" ];
  ntp = "ntpsec";
  bird = "bird2";
  conntrack-tools = "conntrack";

  # Servers
  apacheHttpd = "apache2";
  nginxMainline = "nginx";
  nginxStable = "nginx";
  redis = [ "redis-server" "redis-tools" ];
  valkey = [ "valkey-server" "valkey-tools" ];
  mariadb = [ "mariadb-server" "mariadb-client" ];
  mysql = [ "mariadb-server" "mariadb-client" ];
  mysql80 = [ "mariadb-server" "mariadb-client" ];
  postgresql = [ "postgresql" "postgresql-client" ];
  sqlite = "sqlite3";
  sqlite-interactive = "sqlite3";
  etcd = [ "etcd-server" "etcd-client" ];
  mosquitto = [ "mosquitto" "mosquitto-clients" ];
  grafana-loki = "loki";
  dovecot = [ "dovecot-core" "dovecot-imapd" ];
  exim = "exim4-daemon-light";
  knot-dns = "knot";
  pdns = "pdns-server";
  proftpd = "proftpd-core";
  transmission = "transmission-cli";
  transmission_4 = "transmission-cli";
  syslogng = "syslog-ng-core";
  openldap = [ "slapd" "ldap-utils" ];
  krb5 = "krb5-user";
  murmur = "mumble-server";
  icecast = "icecast2";

  # Containers and machines
  docker = [ "docker.io" "docker-cli?" ];
  docker-client = "docker-cli";
  kubectl = "kubernetes-client";
  qemu = [ "qemu-system-x86" "qemu-utils" ];
  qemu_kvm = [ "qemu-system-x86" "qemu-utils" ];
  qemu_full = [ "qemu-system" "qemu-utils" "qemu-user" ];
  OVMF = "ovmf";
  OVMFFull = "ovmf";
  libvirt = [ "libvirt-daemon-system" "libvirt-clients" ];

  # Looking at the machine
  procps-ng = "procps";
  lm_sensors = "lm-sensors";
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
  yq-go = "yq";
  libxml2 = "libxml2-utils";
  tldr = "tldr-py";
  fortune = "fortune-mod";
  newt = "whiptail";
  util-linuxMinimal = "util-linux";
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
  php = [ "php-cli" "php-common" ];
  lua = "lua5.4";
  stack = "haskell-stack";
  dune_3 = "ocaml-dune";
  erlang = "erlang-base";
  R = "r-base-core";
  jdk = "default-jdk-headless";
  jdk_headless = "default-jdk-headless";
  jre = "default-jre-headless";
  jre_headless = "default-jre-headless";
  openjdk = "default-jdk-headless";
  guile = "guile-3.0";
  chicken = "chicken-bin";
  swiProlog = "swi-prolog-nox";
  swi-prolog = "swi-prolog-nox";
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

  # Desktops
  firefox = "firefox-esr";
  i3 = "i3-wm";
  dmenu = "suckless-tools";
  dejavu_fonts = "fonts-dejavu";
  noto-fonts = "fonts-noto-core";
  noto-fonts-cjk-sans = "fonts-noto-cjk";
  noto-fonts-emoji = "fonts-noto-color-emoji";
  liberation_ttf = "fonts-liberation";
  fira-code = "fonts-firacode";
  font-awesome = "fonts-font-awesome";
  tigervnc = [ "tigervnc-standalone-server" "tigervnc-viewer" ];
  freerdp = "freerdp3-x11";

  # Games
  nethack = "nethack-console";
}
