# Unpacks packages of Debian into $out as they are.
set -e
mkdir "$out"
for deb in $debs; do ar p "$deb" data.tar.xz | xz -dc | tar -x --no-same-permissions --no-same-owner -f - -C "$out"; done
