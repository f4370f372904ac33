# A machine without screen and keyboard, which restarts where it would otherwise ask somebody.
{ lib, ... }:

{
  systemd.services = {
    # Consoles are not for logging in.
    "serial-getty@ttyS0".enable = lib.mkDefault false;
    "serial-getty@hvc0".enable = lib.mkDefault false;
    "getty@tty1".enable = lib.mkDefault false;
    "autovt@".enable = lib.mkDefault false;
  };
  boot.kernelParams = [ "panic=1" "boot.panic_on_fail" ];
  systemd.emergencyMode = false;
}
