(import ./system.inc {
  networking.nat = { enable = true; internalIPs = [ "192.0.2.0/24" "192.0.2.1-192.0.2.9" "192.0.2.300/24" ]; };
}).etc [ "nftables.rules" ]
