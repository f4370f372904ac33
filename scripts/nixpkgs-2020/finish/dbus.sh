mkdir -p "$out/libexec"
ln -s ../lib/dbus-1.0/dbus-daemon-launch-helper "$out/libexec/"
