#!/bin/bash
# Stage 2, process 1 on the real root (from busybox's initrd still read-only, /usr being the store's tree): check and grow the root file system,
# activate the configuration, and become systemd. Lies at $toplevel/init; the boot loader's init= names it.

toplevel=${0%/init}
case $toplevel in
  /nix/store/*) ;;
  *) toplevel=$(readlink -f /nix/var/nix/profiles/system) ;;
esac
export PATH=/usr/sbin:/usr/bin
export LANG=C.UTF-8

echo
echo '<<< @distroName@ stage 2 >>>'
echo

# The device that / is on, as the kernel names it: majors and minors say more than paths do.
rootNode=
while read -r _ _ majorMinor mountRoot mountPoint _; do
  [ "$mountRoot$mountPoint" = // ] || continue
  [ -e "/sys/dev/block/$majorMinor" ] || break
  while IFS== read -r key value; do
    [ "$key" != DEVNAME ] || rootNode=$value
  done < "/sys/dev/block/$majorMinor/uevent"
done < /proc/self/mountinfo

checkRoot() {
  # The mount replayed the journal. Only a file system that knows of errors needs more.
  local errors=0
  [ ! -r "/sys/fs/ext4/$rootNode/errors_count" ] || read -r errors < "/sys/fs/ext4/$rootNode/errors_count"
  [ "$errors" != 0 ] || return 0
  echo "stage 2: $errors errors recorded on /dev/$rootNode, checking it"
  e2fsck -p "/dev/$rootNode"
  local status=$?
  if [ $status -ge 4 ]; then
    echo "stage 2: e2fsck could not repair /dev/$rootNode (status $status). A shell; exit restarts the machine."
    sh < /dev/console > /dev/console 2>&1
    echo b > /proc/sysrq-trigger
  fi
}

growRoot() {
  # All in 512-byte sectors, from sysfs: no process is started unless there is something to gain (1 MiB or more).
  local block=/sys/class/block/$rootNode disk partition start size diskSize
  [ -r "$block/partition" ] || return 0
  read -r partition < "$block/partition"
  read -r start < "$block/start"
  read -r size < "$block/size"
  disk=$(readlink "$block") && disk=${disk%/*} disk=${disk##*/}
  read -r diskSize < "/sys/class/block/$disk/size"
  # 33 sectors are the backup GPT; what is left after aligning down to 1 MiB is not worth a start of sfdisk.
  [ $((diskSize - 33 - start - size)) -ge 4096 ] || return 0
  echo "stage 2: /dev/$rootNode grows to fill /dev/$disk"
  sfdisk --quiet --no-reread --relocate gpt-bak-std "/dev/$disk" 2>/dev/null
  echo ', +' | sfdisk --quiet --no-reread --no-tell-kernel --force -N "$partition" "/dev/$disk" \
    && partx --update --nr "$partition" "/dev/$disk" \
    || echo "stage 2: the partition table of /dev/$disk stays as it is"
}

resizeRoot() {
  # From the superblock (ext4 at 1024): s_blocks_count_lo at 4, s_log_block_size at 24. Other types are asked at every boot.
  local size
  read -r size < "/sys/class/block/$rootNode/size"
  if [ '@rootType@' = ext4 ]; then
    set -- $(od -An -v -tu4 -j1024 -N28 "/dev/$rootNode")
    [ $((size - ($2 << ($7 + 1)))) -ge 2048 ] || return 0
  fi
  /usr/lib/systemd/systemd-growfs /
}

# The running system's /usr: the tree of Debian's packages below a layer that activation made on the root file system, with the
# programs that have the setuid or setgid bit, which files of the store have not, and links to packages that are not Debian's.
mountUsr() {
  local tree layer
  tree=$(readlink "$toplevel/tree")
  read -r layer < "$toplevel/usr-layer"
  # The image of a container has it there.
  [ -n "$layer" ] || return 0
  mount -t overlay -o ro,nodev,lowerdir="$layer/usr:$tree/usr" overlay /usr
}

# Device nodes that load their driver when first opened (fuse, tun, loop-control), as rules for systemd-tmpfiles.
listStaticNodes() {
  local release module path numbers
  read -r release < /proc/sys/kernel/osrelease
  [ -e "/usr/lib/modules/$release/modules.devname" ] || return 0
  mkdir -p /run/tmpfiles.d
  while read -r module path numbers; do
    case $module in '#'*) continue ;; esac
    case $path in */*) echo "d /dev/${path%/*} 0755 - - -" ;; esac
    echo "${numbers%%[0-9]*}! /dev/$path 0600 - - - ${numbers#[bc]}"
  done < "/usr/lib/modules/$release/modules.devname" > /run/tmpfiles.d/static-nodes.conf
}

if [ -n "$rootNode" ] && [ -n '@checkRoot@' ]; then checkRoot; fi
if [ -z '@rootReadOnly@' ]; then mount -o remount,rw /; fi
if [ -n "$rootNode" ] && [ -n '@growPartition@' ]; then growRoot; fi
if [ -n "$rootNode" ] && [ -n '@autoResize@' ]; then resizeRoot; fi

# Credentials of the machine (https://systemd.io/CREDENTIALS), where systemd puts them once it runs: activation may want them.
receiveCredentials() {
  local vendor entry firmware=/sys/firmware/qemu_fw_cfg
  read -r vendor < /sys/class/dmi/id/sys_vendor || return 0
  [ "$vendor" = QEMU ] || return 0
  [ -e "$firmware" ] || modprobe --quiet qemu_fw_cfg
  set -- "$firmware"/by_name/opt/io.systemd.credentials/*
  [ -r "$1/raw" ] || return 0
  # A systemd in the initrd has received those that it could reach, and left them read-only.
  mkdir -p -m 0700 "$credentials" /run/credentials/.received
  mount -t tmpfs -o mode=0700,nosuid,nodev,noexec tmpfs /run/credentials/.received || return 0
  cp -a "$credentials/." /run/credentials/.received
  for entry; do
    [ -e "/run/credentials/.received/${entry##*/}" ] || ( umask 0377; cat "$entry/raw" > "/run/credentials/.received/${entry##*/}" )
  done
  mount --bind /run/credentials/.received "$credentials" && received=1
  umount /run/credentials/.received
  rmdir /run/credentials/.received
}

credentials=/run/credentials/@system
received=
receiveCredentials 2> /dev/null
# In a shell of its own: a script that exits must not end process 1.
( systemConfig=$toplevel; . "$toplevel/activate" )
# systemd receives them itself.
[ -z "$received" ] || umount "$credentials" 2> /dev/null

listStaticNodes
mountUsr || echo 'stage 2: /usr stays without its setuid programs: sudo, su and passwd will not work'

@postBootCommands@

echo 'stage 2: starting systemd'
exec @systemd@ "$@"
