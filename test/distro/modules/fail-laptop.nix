let
  system = import ./system.inc {
    services.tlp.enable = true;
    services.power-profiles-daemon.enable = true;
    xdg.icons.enable = true;
    services.gitlab.enable = true;
    hardware.graphics.enable32Bit = true;
  };
in
system.checked
