#!/bin/bash
# Runs in the initrd, once the root file system and those with the state are mounted below /sysroot, before what is kept is mounted over
# its places. It makes what is missing there, and takes over what a new image has.
#
# An image is new to a state if its system disk has no marker with the state's id. Then everything that the image has in a kept directory
# and that no image had before is copied, if nothing is in its place: what is there is never overwritten, and what was removed does not
# come back. The list of what images had is STATE/.bootflake/seeded, with a NUL after each path.
set +e
root=/sysroot

say() { echo "state: $*"; }

# Whether the path is there, a link to nothing included.
present() { [ -e "$1" ] || [ -L "$1" ]; }

# Whether no link of a user is on the way to a path, here or in the state: what root makes there could be anywhere.
direct() {
  local base at part parts
  for base in "$root$store" "$root"; do
    at=$base
    IFS=/ read -r -a parts <<< "${1#/}"
    unset "parts[-1]"
    for part in "${parts[@]}"; do
      at=$at/$part
      if [ -L "$at" ] && [ "$(stat -c %u "$at")" != 0 ]; then
        say "nothing is done for $1: ${at#"$root"} is a link of a user"
        return 1
      fi
    done
  done
}

# Copies to a name beside it first: a power cut must not leave half a file.
copy() {
  rm -rf "$2.bootflake-new"
  [ ! -d "$2" ] && cp -a "$1" "$2.bootflake-new" && mv "$2.bootflake-new" "$2" && return
  rm -rf "$2.bootflake-new"
  failed=1
  say "cannot copy ${1#"$root"}"
}

# A directory with the owner and the permissions of another.
makeLike() {
  local owner mode
  read -r owner mode <<< "$(stat -c '%u:%g %a' "$1")"
  mkdir "$2" && chown "$owner" "$2" && chmod "$mode" "$2" && return
  failed=1
  say "cannot make ${2#"$root"}"
}

begin() {
  store=$1 own=$root$1/.bootflake failed='' fresh=''
  marker=$root/nix/var/bootflake/state${1//\//-}
  declare -gA seeded=()
  new=()
  [ -d "$own" ] || mkdir -m 0700 "$own"
  if ! [ -s "$own/id" ]; then
    cat /proc/sys/kernel/random/uuid > "$own/id.new" && sync && mv "$own/id.new" "$own/id"
  fi
  # A root in memory begins empty.
  [ -d "$root/root" ] || mkdir -m 0700 "$root/root"
  [ -d "$root/tmp" ] || mkdir -m 1777 "$root/tmp"
  # Paths that no one may enter by way of the state who may not enter them by their own.
  chmod 0711 "$root$store"
  [ "$(cat "$own/id")" = "$(cat "$marker" 2> /dev/null)" ] && return
  fresh=1
  [ ! -e "$own/seeded" ] || while IFS= read -r -d '' path; do seeded[$path]=1; done < "$own/seeded"
}

# The directories above a path, in the state as in the image.
makeParents() {
  local parent=${1%/*}
  [ -n "$parent" ] || return 0
  [ ! -d "$root$store$parent" ] || return 0
  makeParents "$parent"
  if [ -d "$root$parent" ]; then makeLike "$root$parent" "$root$store$parent"; else mkdir "$root$store$parent"; fi
}

directory() {
  local kept=$root$store$1
  direct "$1" || return 0
  makeParents "$1"
  if ! [ -d "$kept" ]; then
    if [ -d "$root$1" ]; then makeLike "$root$1" "$kept"; elif [ "$2" = owned ]; then mkdir -m 0000 "$kept"; else mkdir -m 0755 "$kept"; fi
  fi
  if [ -n "$fresh" ] && [ -d "$root$1" ]; then seed "$1"; fi
}

seed() {
  local entry path target
  find "$root$1" -xdev -mindepth 1 -print0 > /run/bring-state.list
  while IFS= read -r -d '' entry; do
    path=${entry#"$root"} target=$root$store$path
    [ -z "${seeded[$path]}" ] || continue
    new+=("$path")
    # Where a directory was removed, or is something else now, nothing is put into it.
    if present "$target" || ! [ -d "${target%/*}" ]; then continue; fi
    if [ -d "$entry" ] && ! [ -L "$entry" ]; then makeLike "$entry" "$target"; else copy "$entry" "$target"; fi
  done < /run/bring-state.list
}

# A directory that is made for what is kept in it. Without any permission, it waits for its owner. One that is mounted is not made twice.
owned() {
  direct "$1" || return 0
  makeParents "$1"
  [ -d "$root$store$1" ] || mkdir -m 0000 "$root$store$1"
  [ "$2" != mounted ] || return 0
  [ -d "$root${1%/*}" ] || mkdir -p "$root${1%/*}"
  [ -d "$root$1" ] || mkdir -m 0000 "$root$1"
}

# A file is a link to the one that is kept. One in its place is that of a new image, which counts only if none is kept yet; or it was put
# there by a program that replaces the file, and is newer.
file() {
  local place=$root$1 kept=$root$store$1
  direct "$1" || return 0
  makeParents "$1"
  [ "$(readlink "$place")" != "$store$1" ] || return 0
  if [ -f "$place" ] && ! [ -L "$place" ]; then
    if ! present "$kept" || [ -z "$fresh" ]; then
      copy "$place" "$kept"
      sync
    fi
  fi
  [ -d "${place%/*}" ] || mkdir -p "${place%/*}"
  rm -f "$place.bootflake-new"
  [ ! -d "$place" ] && ln -s "$store$1" "$place.bootflake-new" && mv -f "$place.bootflake-new" "$place" || say "cannot link $1"
}

end() {
  [ -n "$fresh" ] || return 0
  # What could not be copied is tried again at the next boot.
  [ -z "$failed" ] || { say "not everything of the image could be copied; is the disk full?"; return 0; }
  sync
  if [ ${#new[@]} != 0 ]; then
    { cat "$own/seeded" 2> /dev/null; printf '%s\0' "${new[@]}"; } > "$own/seeded.new" && sync && mv "$own/seeded.new" "$own/seeded"
  fi
  mkdir -p "${marker%/*}"
  sync
  cat "$own/id" > "$marker"
}

