# Once all file systems of the initrd are mounted below /sysroot: find the system to start, show it its /usr, and say what to execute.
# The busybox initrd does the same in stage-1-init.sh.

say() { echo "stage 1: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

read -r commandLine < /proc/cmdline
init=
for word in $commandLine; do
  case $word in
    init=*) init=${word#init=} ;;
  esac
done

# Without init=, or with a program such as init=/bin/sh, the system is the one that the profile names.
toplevel=${init%/init}
case $toplevel in
  /nix/store/*) ;;
  *)
    link=/nix/var/nix/profiles/system
    while toplevel=$(readlink "/sysroot$link"); do
      case $toplevel in
        /nix/store/*) break ;;
        /*) link=$toplevel ;;
        *) link=${link%/*}/$toplevel ;;
      esac
    done ;;
esac
[ -n "$init" ] || init=$toplevel/init
tree=$(readlink "/sysroot$toplevel/tree") || fail "no system at ${toplevel:-/nix/var/nix/profiles/system} (init=$init)"
ln -sfn "$toplevel" /run/current-system
ln -sfn "$toplevel" /run/booted-system

# A root in memory begins empty; that of an image has all of this.
for directory in bin sbin lib lib64; do
  [ -e "/sysroot/$directory" ] || [ -L "/sysroot/$directory" ] || ln -s "usr/$directory" "/sysroot/$directory"
done
for directory in usr etc var dev proc sys run home mnt srv opt media boot root:0700 tmp:1777; do
  mode=${directory#*:}
  [ "$mode" != "$directory" ] || mode=0755
  [ -e "/sysroot/${directory%:*}" ] || mkdir -m "$mode" "/sysroot/${directory%:*}"
done

mountpoint -q /sysroot/usr || mount --bind "/sysroot$tree/usr" /sysroot/usr || fail "cannot bind $tree/usr to /usr"

# File systems that systemd has units for, each of which would cost a process of its own: see boot-speed.nix.
mkdir -p /dev/mqueue /dev/hugepages /run/lock
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue 2> /dev/null
mount -t hugetlbfs -o nosuid,nodev,pagesize=2M hugetlbfs /dev/hugepages 2> /dev/null
mountpoint -q /run/lock || mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=5242880 tmpfs /run/lock

echo "NEW_INIT=$init" > /etc/switch-root.conf
