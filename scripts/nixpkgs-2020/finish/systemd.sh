mkdir -p "$out/example/systemd"
for folder in system user; do mv "$out/lib/systemd/$folder" "$out/example/systemd/$folder"; done
for folder in tmpfiles.d sysctl.d; do mv "$out/lib/$folder" "$out/example/$folder"; done
touch "$out/example/sysctl.d/50-default.conf"
find "$out/example/systemd" -type f -exec sed -i 's#^\(Exec[A-Za-z]*=[-!@+:]*\)\(/usr\)\?/s\?bin/#\1/run/current-system/sw/bin/#' {} +

# The first stage takes programs one by one.
rm "$out/lib/systemd/systemd-udevd"
cp "$out/bin/udevadm" "$out/lib/systemd/systemd-udevd"

# Debian does these otherwise.
unit() {
  cat > "$out/example/systemd/system/$1" << UNIT
[Unit]
Description=$2
DefaultDependencies=no
$4

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$3
UNIT
}
unit systemd-vconsole-setup.service 'Nothing to set up on the consoles' "$shell/bin/bash -c :"
unit systemd-journal-catalog-update.service 'Rebuild Journal Catalog' "$out/bin/journalctl --update-catalog" 'After=local-fs.target
Before=sysinit.target systemd-update-done.service'
unit systemd-update-done.service 'Update is Completed' "$out/lib/systemd/systemd-update-done" 'After=local-fs.target
Before=sysinit.target'
