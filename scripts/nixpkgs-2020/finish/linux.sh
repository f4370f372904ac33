# Debian does this where it is installed.
"$kmod/bin/depmod" -b "$out" -a "$(ls "$out/lib/modules")"
