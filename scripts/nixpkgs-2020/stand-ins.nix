# Programs of Debian 11, of the same months as the tree, moved to store paths under nixpkgs' names. `debian` is what packages.ts wrote:
# debian.json and the program that unpacks the first of them.
{ lib, debian }:

let
  inherit (builtins) attrNames elem filter listToAttrs map;

  facts = lib.importJSON (debian + "/debian.json");
  scripts = ../../test/nixpkgs/pkgs/stand-ins;
  busybox = "${debian + "/bootstrap"}/busybox";
  system = "x86_64-linux";

  file =
    deb:
    derivation {
      name = lib.replaceStrings [ "~" "%3a" ] [ "_" "_" ] (baseNameOf facts.${deb}.file);
      system = "builtin";
      builder = "builtin:fetchurl";
      url = facts.${deb}.url;
      urls = [ facts.${deb}.url ];
      outputHash = facts.${deb}.sha256;
      outputHashAlgo = "sha256";
      outputHashMode = "flat";
      preferLocalBuild = true;
      unpack = false;
      executable = false;
    };

  patchelf = derivation {
    name = "patchelf-of-debian";
    inherit system;
    builder = busybox;
    args = [ "ash" (scripts + "/unpack.sh") ];
    debs = map file [ "patchelf" "libstdc++6" "libgcc-s1" "libc6" ];
  };

  # nixpkgs' names (pname), and which packages of Debian stand for them. The first one's version counts; none: an empty folder.
  table = {
    glibc = [
      "libc6"
      "libgcc-s1"
      "libcrypt1"
      "libc-bin"
      "libc6-dev"
      "libc-dev-bin"
      "libcrypt-dev"
      "linux-libc-dev"
      "nscd"
    ];
    acl = [ "acl" ];
    attr = [ "attr" ];
    audit = [ "auditd" ];
    bash = [ "bash" ];
    bash-completion = [ "bash-completion" ];
    bash-interactive = [ "bash" ];
    bcache-tools = [ "bcache-tools" ];
    bind = [ "bind9-host" "bind9-dnsutils" ];
    binutils = [
      "binutils"
      "binutils-x86-64-linux-gnu"
      "libbinutils"
      "libctf0"
      "libctf-nobfd0"
      "libgprofng0"
    ];
    btrfs-progs = [ "btrfs-progs" ];
    busybox = [ "busybox" ];
    bzip2 = [ "bzip2" ];
    coreutils = [ "coreutils" ];
    cpio = [ "cpio" ];
    curl = [ "curl" ];
    dbus = [ "dbus" "dbus-user-session" ];
    dejavu-fonts-full = [ "fonts-dejavu-core" "fonts-dejavu-extra" ];
    desktop-file-utils = [ "desktop-file-utils" ];
    dhcpcd = [ "dhcpcd5" ];
    diffutils = [ "diffutils" ];
    dosfstools = [ "dosfstools" ];
    dvp = [ ];
    e2fsprogs = [ "e2fsprogs" "logsave" ];
    findutils = [ "findutils" ];
    fontconfig = [ "fontconfig" "fontconfig-config" ];
    fuse = [ "fuse3" "fuse" ];
    gawk = [ "gawk" ];
    gcc = [ "gcc-10" "cpp-10" "g++-10" "libgcc-10-dev" "libstdc++-10-dev" ];
    glibc-locales = [ "locales" ];
    gnugrep = [ "grep" ];
    gnumake = [ "make" ];
    gnused = [ "sed" ];
    gnutar = [ "tar" ];
    grub = [ "grub-pc-bin" "grub-common" "grub2-common" ];
    gzip = [ "gzip" ];
    iana-etc = [ "netbase" ];
    iproute2 = [ "iproute2" ];
    iptables = [ "iptables" ];
    iputils = [ "iputils-ping" "iputils-arping" "iputils-tracepath" ];
    jq = [ "jq" ];
    kbd = [ "kbd" "console-data" "console-setup-linux" ];
    kexec-tools = [ "kexec-tools" ];
    kmod = [ "kmod" ];
    kmod-blacklist = [ ];
    kmod-debian-aliases = [ ];
    less = [ "less" ];
    libcap = [ "libcap2-bin" "libcap2" "libcap-dev" ];
    libcap-ng = [ "libcap-ng0" "libcap-ng-dev" "libcap-ng-utils" ];
    libressl = [ "netcat-openbsd" ];
    libxslt = [ "xsltproc" ];
    linux = [ "linux-image-amd64" ];
    linux-pam = [ "libpam0g" "libpam-modules" "libpam-modules-bin" ];
    lndir = [ "xutils-dev" ];
    lvm2 = [ "lvm2" "dmsetup" "dmeventd" ];
    man-db = [ "man-db" ];
    mdadm = [ "mdadm" ];
    nano = [ "nano" ];
    ncurses = [ "ncurses-bin" "libtinfo6" "libncursesw6" "ncurses-base" "ncurses-term" ];
    neo = [ ];
    simple-dark-gray-bootloader = [ ];
    linux-headers = [ ];
    nix-bash-completions = [ ];
    net-tools = [ "net-tools" ];
    nix = [ "nix-bin" "nix-setup-systemd" ];
    nixos-option = [ ];
    nss-cacert = [ "ca-certificates" ];
    openresolv = [ "openresolv" ];
    openssh = [ "openssh-client" "openssh-server" "openssh-sftp-server" ];
    patch = [ "patch" ];
    patchelf = [ "patchelf" ];
    perl = [ "perl" "perl-base" "perl-modules-5.32" "libperl5.32" ];
    "perl5.30.3-DBD-SQLite" = [ "libdbd-sqlite3-perl" ];
    "perl5.30.3-DBI" = [ "libdbi-perl" ];
    "perl5.30.3-File-Slurp" = [ "libfile-slurp-perl" ];
    "perl5.30.3-JSON" = [ "libjson-perl" ];
    "perl5.30.3-List-Compare" = [ "liblist-compare-perl" ];
    "perl5.30.3-Net-DBus" = [ "libnet-dbus-perl" ];
    "perl5.30.3-String-ShellQuote" = [ "libstring-shellquote-perl" ];
    "perl5.30.3-XML-LibXML" = [ "libxml-libxml-perl" ];
    "perl5.30.3-XML-Parser" = [ "libxml-parser-perl" ];
    "perl5.30.3-XML-SAX" = [ "libxml-sax-perl" ];
    "perl5.30.3-XML-SAX-Base" = [ "libxml-sax-base-perl" ];
    "perl5.30.3-XML-NamespaceSupport" = [ "libxml-namespacesupport-perl" ];
    "perl5.30.3-XML-Twig" = [ "libxml-twig-perl" ];
    pkg-config = [ "pkg-config" ];
    polkit = [ "policykit-1" ];
    procps = [ "procps" ];
    rsync = [ "rsync" ];
    shadow = [ "login" "passwd" "util-linux" ];
    shared-mime-info = [ "shared-mime-info" ];
    sound-theme-freedesktop = [ "sound-theme-freedesktop" ];
    strace = [ "strace" ];
    sudo = [ "sudo" ];
    systemd = [
      "systemd"
      "udev"
      "libpam-systemd"
      "libnss-systemd"
      "libnss-myhostname"
      "systemd-container"
      "systemd-coredump"
      "systemd-journal-remote"
      "systemd-timesyncd"
      "systemd-sysv"
    ];
    texinfo = [ "texinfo" "install-info" ];
    texinfo-interactive = [ "texinfo" "install-info" ];
    time = [ "time" ];
    tzdata = [ "tzdata" ];
    udisks = [ "udisks2" ];
    unzip = [ "unzip" ];
    util-linux = [ "util-linux" "mount" "bsdutils" "fdisk" ];
    which = [ "debianutils" ];
    xauth = [ "xauth" ];
    xz = [ "xz-utils" ];
    zstd = [ "zstd" ];
  };

  # The first name that has a package. Libraries without a name of nixpkgs have one of their own.
  owners = listToAttrs (
    lib.concatMap (name: map (deb: lib.nameValuePair deb name) table.${name}) (attrNames table)
  );
  ownerOf = deb: owners.${deb} or "debian-${deb}";
  others = filter (deb: !(owners ? ${deb})) (attrNames facts);
  # What is there before a shell is.
  early = [ "glibc" "ncurses" "bash" "bash-interactive" ];

  standIn =
    name: debs:
    let
      version =
        if debs == [ ] then
          "0"
        else
          lib.replaceStrings [ "~" ] [ "_" ] (
            lib.head (
              lib.splitString "-" (lib.last (lib.splitString ":" facts.${lib.head debs}.version))
            )
          );
      needed = filter (other: other != name) (
        lib.unique (map ownerOf (lib.concatMap (deb: facts.${deb}.depends) debs))
      );
      ours = ./finish + "/${if lib.hasPrefix "perl5" name then "perl-module" else name}.sh";
      drv = derivation {
        name = "${name}-stand-in-${version}";
        inherit system version;
        builder = busybox;
        args = [ "ash" (scripts + "/relocate.sh") ];
        debs = map file debs;
        inputs = if name == "glibc" then [ ] else map (other: made.${other}) needed;
        libc = if name == "glibc" then null else made.glibc;
        shell = if elem name early || lib.hasPrefix "debian-" name then null else made.bash;
        perl =
          if !(elem name early) && name != "perl" && lib.any (deb: facts.${deb}.perl) debs then
            made.perl
          else
            null;
        kmod = if name == "linux" then made.kmod else null;
        also = ./finish/all.sh;
        own = if builtins.pathExists ours then ours else null;
        inherit patchelf;
      };
    in
    drv
    // {
      pname = name;
      inherit version;
      bin = drv;
      lib = drv;
      dev = drv;
      static = drv;
    };

  made =
    lib.mapAttrs standIn table
    // listToAttrs (
      map (deb: lib.nameValuePair "debian-${deb}" (standIn "debian-${deb}" [ deb ])) others
    );
in
{
  has = name: table ? ${name};
  # What is only looked at, as a set of kernel packages is, needs none.
  standInFor =
    name:
    made.${name} or (derivation {
      name = "${name}-without-stand-in";
      inherit system;
      builder = throw "no stand-in for '${name}'; stand-ins.nix has the table";
    });
  inherit made;
}
