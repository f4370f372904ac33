# Read by relocate.sh at its end: what all of nixpkgs' packages have elsewhere than Debian's. The files next to this one are for one each.
merge usr/include/x86_64-linux-gnu include
merge usr/include include
[ -e "$out/bin" ] || mkdir "$out/bin"
[ -e "$out/sbin" ] || ln -s bin "$out/sbin"

if [ -n "$perl" ]; then
  find "$out" -type f | while read -r file; do
    case $(head -c 24 "$file" | head -n 1 | tr -d '\000') in '#!'*/perl*) sed -i "1s@^#! */usr/bin/perl@#!$perl/bin/perl@" "$file" ;; esac
  done
fi

[ -z "$own" ] || . "$own"
