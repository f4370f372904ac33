mkdir -p "$out/libexec"
ln -s ../lib/dbus-1.0/dbus-daemon-launch-helper "$out/libexec/"
# nixpkgs' reads its configuration in /etc.
sed -i '/^ExecStart=/s#--system #--config-file=/etc/dbus-1/system.conf #' "$out/lib/systemd/system/dbus.service"
sed -i '/^ExecStart=/s#--session #--config-file=/etc/dbus-1/session.conf #' "$out/lib/systemd/user/dbus.service"
