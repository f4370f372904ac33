mkdir -p "$out/example/systemd"
for folder in system user; do mv "$out/lib/systemd/$folder" "$out/example/systemd/$folder"; done
for folder in tmpfiles.d sysctl.d; do mv "$out/lib/$folder" "$out/example/$folder"; done
# The first stage takes programs one by one.
rm "$out/lib/systemd/systemd-udevd"
cp "$out/bin/udevadm" "$out/lib/systemd/systemd-udevd"
