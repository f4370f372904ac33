(import ./system.inc {
  networking.nat = { enable = true; externalInterface = "eth1"; forwardPorts = [{ sourcePort = 1; destination = "10.0.0.1"; }]; };
}).etc [ "nftables.rules" ]
