# No error shows a password.
(import ./system.inc {
  networking.wireless = { enable = true; networks.home.psk = "hidden"; };
}).config.networking.wireless.networks.home.psk
