#!/bin/sh
# Runs the machine @name@, with a disk that is kept.
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
new_disk() { # FILE BYTES [BACKING]
  size=$2
  backing=${3:-}
  : > "$1.new"
  tables=$(((size + 536870911) / 536870912))
  length=$(printf %s "$backing" | wc -c)
  bytes 0x514649fb 2 0 $((length ? 96 : 0)) $((length)) 16 $((size >> 32)) $((size & 0xffffffff)) \
    0 "$tables" 0 196608 0 65536 1 0 0 0 | at "$1.new" 0
  if [ -n "$backing" ]; then
    # The format of the file below, and its name.
    bytes 0xe2792aca 5 0x71636f77 0x32000000 0 0 | at "$1.new" 72
    printf %s "$backing" | at "$1.new" 96
  fi
  bytes 0 131072 | at "$1.new" 65536
  bytes 0x00010001 0x00010001 | at "$1.new" 131072
  bytes 0 | at "$1.new" 262140
  mv "$1.new" "$1"
}

# A disk of which an image has what was not written yet.
disk_over() { # FILE IMAGE
  if [ ! -e "$1" ]; then
    size=$(od -An -v -tx1 -j 24 -N 8 "$2" | tr -d ' \n')
    new_disk "$1" $((0x$size)) "$2"
  elif [ "$(dd if="$1" bs=1 skip=96 count="$(printf %s "$2" | wc -c)" 2>/dev/null)" != "$2" ]; then
    fail "the disk '$1' is over another image of this machine. Remove it, or name another one in NIX_DISK_IMAGE."
  fi
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
variables=${NIX_EFI_VARS:-./@name@-efi-vars.fd}
@serveShares@
@disks@
accelerator=tcg,tb-size=128
processor=qemu64
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then accelerator=kvm processor=host; fi

# shellcheck disable=SC2086
(qemu -name @name@ -nodefaults -vga std -accel "$accelerator" -cpu "$processor" -smp @cores@ -m @memory@M \
  -object memory-backend-memfd,id=memory,size=@memory@M,share=on -machine memory-backend=memory \
@start@  -netdev "user,id=user.0@netOptions@${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}" -device virtio-net-pci,netdev=user.0,romfile= \
  -device virtio-rng-pci \
@devices@  @display@ @options@ $QEMU_OPTS "$@")
