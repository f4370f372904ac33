# NixOS replaces these two.
sed -i "s#\"/bin/readlink#\"/usr/bin/readlink#; s#$out/bin/#$out/sbin/#g" "$out"/lib/udev/rules.d/*
