(import ./system.inc {
  networking.wireguard = {
    useNetworkd = true;
    interfaces.wg0 = {
      privateKeyFile = "/key";
      peers = map (name: { inherit name; publicKey = "a"; allowedIPs = [ ]; }) [ "b" "c" ];
    };
  };
}).checked
