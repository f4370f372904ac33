# Moves packages of Debian into $out, and makes their programs independent of /usr: interpreter, search paths, scripts, units and links.
# Run by the ash of busybox, which has every program that is used here.
set -e
umask 022

mkdir root "$out"
for deb in $debs; do ar p "$deb" data.tar.xz | xz -dc | tar -x --no-same-permissions --no-same-owner -f - -C root; done
rm -rf root/usr/share/doc root/usr/share/locale root/usr/share/info root/usr/share/lintian root/usr/lib64 root/lib64

# merge FOLDER NAME: what is in root/FOLDER goes into $out/NAME.
merge() {
  [ -d "root/$1" ] || return 0
  mkdir -p "$out/$2"
  cp -af "root/$1/." "$out/$2"
  rm -rf "root/$1"
}
for folder in lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib usr/lib; do merge $folder lib; done
for folder in bin sbin usr/bin usr/sbin; do merge $folder bin; done
merge usr/libexec libexec
merge usr/share share
merge etc etc
for kernel in root/boot/vmlinuz-*; do [ ! -e "$kernel" ] || cp "$kernel" "$out/bzImage"; done

# moved PATH: prints where a file of Debian's is now, if it is here.
moved() {
  local rest=${1#/usr}
  case $rest in
    /lib/x86_64-linux-gnu/*) rest=/lib/${rest#/lib/x86_64-linux-gnu/} ;;
    /sbin/*) rest=/bin/${rest#/sbin/} ;;
  esac
  if [ -e "$out$rest" ] || [ -L "$out$rest" ]; then echo "$out$rest"; fi
}
find "$out" -type l | while read -r link; do
  target=$(readlink "$link")
  case $target in
    /*) to=$(moved "$target"); [ -z "$to" ] || ln -sfn "$to" "$link" ;;
  esac
done

search=$out/lib:$out/lib/systemd:$out/libexec/sudo:$out/lib/sudo:$out/lib/nix
for input in $inputs; do search=$search:$input/lib; done
loader=${libc:-$out}/lib/ld-linux-x86-64.so.2
tool() {
  "$patchelf/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
    --library-path "$patchelf/lib/x86_64-linux-gnu:$patchelf/usr/lib/x86_64-linux-gnu" "$patchelf/usr/bin/patchelf" "$@"
}
rules=$PWD/rules
for program in "$out"/bin/*; do
  name=${program##*/}
  [ "$name" = '[' ] || echo "s#\\(^\\|[=!@:+\" -]\\)\\(/usr\\)\\?/s\\?bin/$name\\([\" ;]\\|\$\\)#\\1$out/bin/$name\\3#g
s#^\\(Exec[A-Za-z]*=[-+!@:]*\\)$name\\( \\|\$\\)#\\1$out/bin/$name\\2#"
done > "$rules"
echo "s#\\(^\\|[=!@:+\" -]\\)\\(/usr\\)\\?/lib/\\(systemd\\|udev\\|polkit-1\\)/#\\1$out/lib/\\3/#g" >> "$rules"
echo '/^ConditionPathExists=|\/lib\/systemd\/system\/dbus/d' >> "$rules"

find "$out" -type f ! -path "$out/lib/modules/*" ! -path "$out/lib/grub/*" \( -perm -100 -o -name '*.so*' \) | while read -r file; do
  case ${file##*/} in ld-linux-*|libc.so.6|ldconfig) continue ;; esac
  case $(head -c 4 "$file" | tr -d '\000') in
    ?ELF)
      [ -w "$file" ] || chmod u+w "$file"
      if tool --print-interpreter "$file" > /dev/null 2>&1; then tool --set-interpreter "$loader" --set-rpath "$search" "$file"
      elif tool --print-rpath "$file" > /dev/null 2>&1; then tool --set-rpath "$search" "$file"
      fi ;;
    '#!'*) sed -i "1s@^#! *\\(/usr\\)\\?/bin/\\(ba\\|da\\)\\?sh@#!${shell:-$out}/bin/bash@;1s@^#! */usr/bin/python3[.0-9]*@#!$out/bin/python3@" "$file" ;;
  esac
done
for folder in lib/systemd/system lib/udev/rules.d share/dbus-1/system-services; do
  [ ! -d "$out/$folder" ] || find "$out/$folder" -type f -exec sed -i -f "$rules" {} +
done

[ ! -e "$out/bin/bash" ] || ln -s bash "$out/bin/sh"
if [ -e "$out/bin/python3.11" ]; then for name in python python3; do ln -s python3.11 "$out/bin/$name"; done; fi
[ -z "$also" ] || . "$also"
