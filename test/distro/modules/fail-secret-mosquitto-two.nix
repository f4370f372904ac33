# No error shows a password.
(import ./system.inc ({ lib, ... }: {
  services.mosquitto = {
    enable = true;
    listeners = [ { users = lib.mkMerge [ { a.password = "hidden"; } { a.password = "hidden2"; } ]; } ];
  };
})).config.systemd.units."mosquitto.service".text
