# Every NixOS before 24.11 waits for the network at boot, and its tests wait for network-online.target without starting it. Here the boot
# does not wait; the target is started along with the service that takes commands.
{
  systemd.services.bootflake-shell.wants = [ "network-online.target" ];
}
