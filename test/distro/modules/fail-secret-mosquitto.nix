# No error shows a password.
(import ./system.inc {
  services.mosquitto = { enable = true; listeners = [ { users.a.password = "hidden\nword"; } ]; };
}).config.systemd.units."mosquitto.service".text
