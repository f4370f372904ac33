touch "$out/modprobe.conf"
