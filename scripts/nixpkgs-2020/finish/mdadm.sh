# NixOS replaces this one.
sed -i 's#"/bin/readlink#"/usr/bin/readlink#' "$out"/lib/udev/rules.d/*
