# What modules of laptops set: graphics, power, the pointing stick.
let
  system = import ./system.inc ({ pkgs, ... }: {
    hardware.opengl = { enable = true; extraPackages = [ pkgs.hello ]; };
    services.tlp = { enable = true; settings = { START_CHARGE_THRESH_BAT0 = 75; RUNTIME_PM = true; DISK_DEVICES = [ "sda" "sdb" ]; }; };
    hardware.trackpoint = { enable = true; speed = 200; };
    xdg.icons.enable = false;
  });
  inherit (system) config lib;
in
{
  tlp = config.environment.etc."tlp.d/01-nixos.conf".text;
  drivers = map lib.getName config.hardware.graphics.extraPackages;
  stick = lib.filter (line: lib.hasInfix "TrackPoint" line) (lib.splitString "\n" config.services.udev.extraRules);
  inherit (config) warnings;
}
