sed -i 's#/usr/bin/systemd-run#/run/current-system/systemd/bin/systemd-run#' "$out"/lib/udev/rules.d/*
