(import ./system.inc {
  networking.wireguard.interfaces.wg0.privateKeyFile = ./system.inc;
}).config.systemd.services.wireguard-wg0.script
