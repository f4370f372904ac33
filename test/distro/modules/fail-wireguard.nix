(import ./system.inc {
  networking.wireguard.interfaces.wg0 = { };
  networking.wireguard.interfaces.wg1 = {
    type = "amneziawg";
    generatePrivateKeyFile = true;
    privateKey = "x";
    ips = [ "10.0.0.1/24" "10.0.0/24" ];
    peers = [ { publicKey = "x"; allowedIPs = [ "fd00::1/128" "example.org" ]; presharedKey = "x"; presharedKeyFile = "/x"; } ];
  };
  networking.wg-quick.interfaces.wg2.dns = [ "192.0.2.1" ];
  networking.wg-quick.interfaces.wg3 = {
    privateKeyFile = "/x";
    address = [ "10.0.0.3/24, fd00::3/64" "10.0.0.300/24" ];
    peers = [ { publicKey = "x"; allowedIPs = [ "0.0.0.0/0,::/0" "10.0.0.0/33" ]; } ];
  };
  services.resolved.enable = false;
  networking.networkmanager.enable = true;
  networking.wireless.enable = true;
}).checked
