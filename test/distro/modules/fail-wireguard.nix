(import ./system.inc {
  networking.wireguard.interfaces.wg0 = { };
  networking.wireguard.interfaces.wg1 = {
    type = "amneziawg";
    generatePrivateKeyFile = true;
    privateKey = "x";
    peers = [ { publicKey = "x"; allowedIPs = [ ]; presharedKey = "x"; presharedKeyFile = "/x"; } ];
  };
  networking.wg-quick.interfaces.wg2.dns = [ "192.0.2.1" ];
  services.resolved.enable = false;
  networking.networkmanager.enable = true;
  networking.wireless.enable = true;
}).checked
