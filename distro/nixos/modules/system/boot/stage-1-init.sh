#!/bin/busybox sh
# Stage 1, run by the kernel as process 1 in the initrd: find the root file system, mount it, show it its /usr, and hand over.
# Everything else (fsck, growth, /etc, users) is stage 2's, where the system's own programs are at hand.
# Only busybox's applets are here, so this stays within what ash does itself: a process costs milliseconds without KVM.

export PATH=/bin
rootDevice='@rootDevice@'
rootType='@rootType@'
rootOptions='@rootOptions@'
waitSeconds=@waitSeconds@

say() { echo "stage 1: $*"; }

# Ends in a shell when the kernel command line has boot.shell_on_fail, else stops with the reason on the screen.
fail() {
  say "$*"
  say "kernel command line: $commandLine"
  case " $commandLine " in
    *' boot.shell_on_fail '*) say 'starting a shell; exit restarts the machine'; busybox sh; busybox reboot -f ;;
  esac
  say 'add boot.shell_on_fail to the kernel command line for a shell here; restarting in 60 s'
  busybox sleep 60
  busybox reboot -f
}

busybox mkdir -p /proc /sys /dev /run /sysroot
busybox mount -t proc -o nosuid,noexec,nodev proc /proc
busybox mount -t sysfs -o nosuid,noexec,nodev sysfs /sys
busybox mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev 2>/dev/null
busybox mount -t tmpfs -o nosuid,nodev,strictatime,mode=0755 tmpfs /run

read -r commandLine < /proc/cmdline
init=
for word in $commandLine; do
  case $word in
    init=*) init=${word#init=} ;;
    root=*) rootDevice=${word#root=} ;;
    rootfstype=*) rootType=${word#rootfstype=} ;;
    rootflags=*) rootOptions=${word#rootflags=} ;;
    rootdelay=*) waitSeconds=${word#rootdelay=} ;;
  esac
done

echo
echo '<<< @distroName@ stage 1 >>>'
echo

# Sets `device` to the root's device node, if it is there by now.
findRoot() {
  device=
  case $rootDevice in
    LABEL=*|UUID=*) device=$(busybox findfs "$rootDevice" 2>/dev/null) ;;
    /dev/disk/by-label/*) device=$(busybox findfs "LABEL=${rootDevice#/dev/disk/by-label/}" 2>/dev/null) ;;
    /dev/disk/by-uuid/*) device=$(busybox findfs "UUID=${rootDevice#/dev/disk/by-uuid/}" 2>/dev/null) ;;
    PARTLABEL=*) findPartition PARTNAME "${rootDevice#PARTLABEL=}" ;;
    PARTUUID=*) findPartition PARTUUID "${rootDevice#PARTUUID=}" ;;
    /dev/disk/by-partlabel/*) findPartition PARTNAME "${rootDevice#/dev/disk/by-partlabel/}" ;;
    /dev/disk/by-partuuid/*) findPartition PARTUUID "${rootDevice#/dev/disk/by-partuuid/}" ;;
    /dev/*) [ ! -b "$rootDevice" ] || device=$rootDevice ;;
    *) device=$rootDevice ;;  # 9p tags, tmpfs and the like have no device node
  esac
  [ -n "$device" ]
}

# findPartition KEY VALUE: what the kernel tells of each partition in sysfs.
findPartition() {
  for uevent in /sys/class/block/*/uevent; do
    busybox grep -qx "$1=$2" "$uevent" || continue
    node=${uevent%/uevent}
    device=/dev/${node##*/}
    return
  done
}

# Lines of /modules/load and /modules/available: a module's name, then the files to load, its dependencies first.
loaded=' '
loadFiles() {
  for object; do
    case $loaded in *" $object "*) continue ;; esac
    loaded="$loaded$object "
    busybox insmod "/modules/$object" 2>/dev/null
  done
}

while read -r _ objects; do loadFiles $objects; done < /modules/load
@preDeviceCommands@

# The drivers that may hold the root are tried one after the other, and no more of them than it takes.
if ! findRoot; then
  while read -r _ objects; do
    [ -n "$objects" ] || continue
    loadFiles $objects
    findRoot && break
  done < /modules/available
fi

# Disk controllers that no driver here has taken: class 01 of PCI, and virtio's disks (2) and SCSI hosts (8).
sayDriverless() {
  driverless=
  for node in /sys/bus/pci/devices/* /sys/bus/virtio/devices/*; do
    [ -e "$node/modalias" ] && [ ! -e "$node/driver" ] || continue
    read -r alias < "$node/modalias"
    case $alias in
      pci:*bc01sc*|virtio:d0000000[28]v*) driverless=y; say "no driver in this initrd for $alias" ;;
    esac
  done
  [ -n "$driverless" ] || return
  say 'its kernel module belongs into boot.initrd.availableKernelModules; for a machine under'
  say 'qemu: imports = [ "${modulesPath}/profiles/qemu-guest.nix" ];'
}

tries=0
while [ -z "$device" ] && ! findRoot; do
  [ $tries -lt $((waitSeconds * 10)) ] || break
  # A disk that has a driver is there by now.
  [ $tries != 30 ] || sayDriverless
  busybox usleep 100000
  tries=$((tries + 1))
done
if [ -z "$device" ]; then
  say 'block devices here:' /sys/class/block/*
  fail "the root file system's device $rootDevice did not appear within $waitSeconds s"
fi

@postDeviceCommands@
# Read-only at first: the journal is replayed, and stage 2 looks at the file system before it writes.
type=${rootType#auto}
busybox mount ${type:+-t "$type"} -o "ro${rootOptions:+,$rootOptions}" "$device" /sysroot \
  || fail "cannot mount $device (type $rootType, options ro${rootOptions:+,$rootOptions}) as the root file system"

# Without init=, or with a program such as init=/bin/sh, the system is the one that the profile names.
toplevel=${init%/init}
case $toplevel in
  /nix/store/*) ;;
  *)
    link=/nix/var/nix/profiles/system
    while toplevel=$(busybox readlink "/sysroot$link"); do
      case $toplevel in
        /nix/store/*) break ;;
        /*) link=$toplevel ;;
        *) link=${link%/*}/$toplevel ;;
      esac
    done ;;
esac
[ -n "$init" ] || init=$toplevel/init
busybox ln -s "$toplevel" /run/current-system
busybox ln -s "$toplevel" /run/booted-system
tree=$(busybox readlink "/sysroot$toplevel/tree") || fail "no system at ${toplevel:-/nix/var/nix/profiles/system} on $device (init=$init)"
busybox mount -o bind "/sysroot$tree/usr" /sysroot/usr || fail "cannot bind $tree/usr to /usr"

@postMountCommands@
# File systems that systemd has units for, each of which would cost a process of its own, and more than this.
busybox mkdir -p /dev/mqueue /dev/hugepages /run/lock
busybox mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue 2>/dev/null
busybox mount -t hugetlbfs -o nosuid,nodev,pagesize=2M hugetlbfs /dev/hugepages 2>/dev/null
busybox mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=5242880 tmpfs /run/lock

for directory in dev proc sys run; do
  busybox mount -o move "/$directory" "/sysroot/$directory"
done
exec busybox switch_root -c /dev/console /sysroot "$init" "$@"
echo 'stage 1: switch_root failed'
