# Programs and libraries of Debian, moved to store paths under the names that nixpkgs has for them: they stand for nixpkgs' own packages
# where none of its caches can be reached. debian.json has the packages; it is written when this tree is put together.
{ lib, system }:
final: prev:

let
  inherit (builtins) attrNames elem filter listToAttrs map;

  debian = lib.importJSON ./debian.json;
  file = name: derivation {
    name = lib.replaceStrings [ "~" ] [ "_" ] (baseNameOf debian.${name}.file);
    system = "builtin";
    builder = "builtin:fetchurl";
    url = "https://debian.example.test/debian/${debian.${name}.file}";
    outputHash = debian.${name}.sha256;
    outputHashAlgo = "sha256";
    outputHashMode = "flat";
    preferLocalBuild = true;
    impureEnvVars = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
    unpack = false;
    executable = false;
    urls = [ "https://debian.example.test/debian/${debian.${name}.file}" ];
  };

  patchelf = derivation {
    name = "patchelf-of-debian";
    inherit system;
    builder = "${./bootstrap}/busybox";
    args = [ "ash" ./unpack.sh ];
    debs = map file [ "patchelf" "libstdc++6" "libgcc-s1" "libc6" ];
  };

  # nixpkgs' names, and which packages of Debian stand for them. The first one's version counts.
  table = {
    glibc = [ "libc6" "libgcc-s1" "libcrypt1" "libc-bin" ];
    ncurses = [ "libtinfo6" "libncursesw6" "ncurses-base" ];
    bash = [ "bash" ];
    coreutils = [ "coreutils" ];
    findutils = [ "findutils" ];
    gnugrep = [ "grep" ];
    gnused = [ "sed" ];
    gnutar = [ "tar" ];
    gzip = [ "gzip" ];
    zstd = [ "zstd" ];
    cpio = [ "cpio" ];
    less = [ "less" ];
    hello = [ "hello" ];
    perl = [ "perl-base" ];
    mkpasswd = [ "whois" ];
    kmod = [ "kmod" "libkmod2" ];
    pam = [ "libpam0g" "libpam-modules" "libpam-modules-bin" ];
    shadow = [ "login" "passwd" ];
    sudo = [ "sudo" ];
    procps = [ "procps" "libproc2-0" ];
    e2fsprogs = [ "e2fsprogs" "libext2fs2" "libcom-err2" "libss2" "logsave" ];
    util-linux-libs = [ "libblkid1" "libmount1" "libsmartcols1" "libfdisk1" "libuuid1" ];
    util-linux = [ "util-linux" "util-linux-extra" "mount" "bsdutils" ];
    lvm2 = [ "libdevmapper1.02.1" "dmsetup" ];
    systemd-libs = [ "libsystemd0" "libudev1" ];
    systemd = [ "systemd" "udev" "libsystemd-shared" "libpam-systemd" "systemd-sysv" "systemd-boot-efi" ];
    dbus = [ "dbus" "dbus-daemon" "dbus-bin" "dbus-system-bus-common" "libdbus-1-3" ];
    polkit = [ "polkitd" "libpolkit-gobject-1-0" "libpolkit-agent-1-0" ];
    python310 = [ "python3.11-minimal" "python3.11" "libpython3.11-minimal" "libpython3.11-stdlib" ];
    grub2 = [ "grub-pc-bin" "grub-common" ];
    gptfdisk = [ "gdisk" ];
    parted = [ "parted" ];
    qemu-utils = [ "qemu-utils" ];
    rsync = [ "rsync" ];
    busybox = [ "busybox-static" ];
    linux_5_15 = [ "linux-image-cloud-amd64" ];
  };
  # What stands for another version says so.
  labels = {
    python310 = "python3-stand-in-for-3.10";
    linux_5_15 = "linux-stand-in-for-5.15";
  };

  owners = listToAttrs (
    lib.concatMap (name: map (deb: lib.nameValuePair deb name) table.${name}) (attrNames table)
  );
  # Libraries that nixpkgs' names are not needed for.
  others = filter (deb: !(owners ? ${deb})) (attrNames debian);
  ownerOf = deb: owners.${deb} or "debian-${deb}";

  standIn = name: debs:
    let
      facts = debian.${lib.head debs};
      upstream = lib.head (lib.splitString "-" (lib.last (lib.splitString ":" facts.version)));
      needed = lib.unique (
        filter (other: other != name) (map ownerOf (filter (deb: debian ? ${deb}) (lib.concatMap (deb: debian.${deb}.depends) debs)))
      );
      drv = derivation {
        name = "${labels.${name} or "${name}-stand-in"}-${lib.replaceStrings [ "~" ] [ "_" ] upstream}";
        inherit system;
        builder = "${./bootstrap}/busybox";
        args = [ "ash" ./relocate.sh ];
        debs = map file debs;
        inputs = map (other: made.${other}) needed;
        libc = if name == "glibc" then null else made.glibc;
        shell = if elem name [ "glibc" "ncurses" "bash" ] then null else made.bash;
        inherit patchelf;
      };
    in
    drv // {
      pname = name;
      version = upstream;
      meta = { };
      bin = drv;
      lib = drv;
      dev = drv;
      man = drv;
      dependencies = needed;
    };

  made =
    lib.mapAttrs standIn table
    // listToAttrs (map (deb: lib.nameValuePair "debian-${deb}" (standIn "debian-${deb}" [ deb ])) others);
in
made // {
  bashInteractive = made.bash;
  runtimeShell = "${made.bash}/bin/bash";
  standIns = made;
}
