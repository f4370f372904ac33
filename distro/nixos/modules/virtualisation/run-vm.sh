#!/bin/sh
# Runs the machine @name@: its kernel at once, the store of this host shared with it, and a disk that is kept.
set -eu
me=${0##*/}
fail() {
  echo "$me: $1" >&2
  exit 1
}

# The store is where this file is.
self=$(readlink -f "$0")
store=${self%/*/bin/*}
in_store() { echo "$store${1#/nix/store}"; }

: "${QEMU_OPTS:=}" "${QEMU_NET_OPTS:=}" "${QEMU_KERNEL_PARAMS:=}" "${USE_TMPDIR:=}" "${TMPDIR:=}"
helpers=${XDG_STATE_HOME:-${HOME:-/}/.local/state}/bootflake/helpers

# Debian's package from bootflake's own store, where PATH has no such program.
of_package() { # PACKAGE FILE ARGUMENTS
  tree=$helpers/$1
  libraries=$tree/usr/lib/x86_64-linux-gnu
  [ -x "$tree/$2" ] || fail "${2##*/} is needed. Install it (Debian: $3), or run bootflake build-vm again."
  program=$tree/$2
  shift 3
  exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$program" "$@"
}
virtiofsd() {
  for program in "$(command -v virtiofsd || true)" /usr/libexec/virtiofsd; do
    if [ -x "$program" ]; then exec "$program" "$@"; fi
  done
  of_package virtiofsd usr/libexec/virtiofsd virtiofsd "$@"
}
qemu() {
  if command -v qemu-system-x86_64 >/dev/null; then exec qemu-system-x86_64 "$@"; fi
  export QEMU_MODULE_DIR="$helpers/qemu/usr/lib/x86_64-linux-gnu/qemu"
  of_package qemu usr/bin/qemu-system-x86_64 qemu-system-x86 \
    -L "$helpers/qemu/usr/share/qemu" -L "$helpers/qemu/usr/share/seabios" "$@"
}

# An empty disk: qcow2 (version 2) with clusters of 64 KiB: the header, the table of reference counts, their first block, the first table.
bytes() { # NUMBERS of 32 bits
  for number; do
    for shift in 24 16 8 0; do printf "\\$(printf %o $((number >> shift & 255)))"; done
  done
}
at() { dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
new_disk() { # FILE MIB
  size=$(($2 * 1048576))
  : > "$1.new"
  tables=$(((size + 536870911) / 536870912))
  bytes 0x514649fb 2 0 0 0 16 $((size >> 32)) $((size & 0xffffffff)) 0 "$tables" 0 196608 0 65536 1 0 0 0 | at "$1.new" 0
  bytes 0 131072 | at "$1.new" 65536
  bytes 0x00010001 0x00010001 | at "$1.new" 131072
  bytes 0 | at "$1.new" 262140
  mv "$1.new" "$1"
}

made=
if [ -z "$TMPDIR" ] || [ -z "$USE_TMPDIR" ]; then
  TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/nix-vm.XXXXXXXXXX")
  made=$TMPDIR
fi
servers=
finish() {
  # shellcheck disable=SC2086
  [ -z "$servers" ] || kill $servers 2>/dev/null || true
  [ -z "$made" ] || rm -rf "$made"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

serve() { # NUMBER FOLDER [--readonly]
  socket=$TMPDIR/share$1.sock
  [ -d "$2" ] || fail "there is no folder '$2' to share with the machine"
  rm -f "$socket"
  (virtiofsd --socket-path "$socket" --shared-dir "$2" --log-level error ${3:+"$3"}) </dev/null &
  servers="$servers $!"
  tries=0
  until [ -S "$socket" ]; do
    kill -0 $! 2>/dev/null && [ $tries -lt 100 ] || fail "virtiofsd, which shares '$2', could not be started"
    sleep 0.1
    tries=$((tries + 1))
  done
}

disk=${NIX_DISK_IMAGE:-@diskImage@}
serve 0 "$store" --readonly
@serveShares@
@disks@
accelerator=tcg,tb-size=128
processor=qemu64
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then accelerator=kvm processor=host; fi

# shellcheck disable=SC2086
(qemu -name @name@ -nodefaults -vga std -accel "$accelerator" -cpu "$processor" -smp @cores@ -m @memory@M \
  -object memory-backend-memfd,id=memory,size=@memory@M,share=on -machine memory-backend=memory \
  -kernel "$(in_store @kernel@)" -initrd "$(in_store @initrd@)" \
  -append "$(cat "$(in_store @toplevel@)/kernel-params") init=@toplevel@/init @consoles@ $QEMU_KERNEL_PARAMS" \
  -netdev "user,id=user.0@netOptions@${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}" -device virtio-net-pci,netdev=user.0,romfile= \
  -device virtio-rng-pci \
@devices@  @display@ @options@ $QEMU_OPTS "$@")
