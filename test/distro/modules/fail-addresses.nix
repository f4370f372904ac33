(import ./system.inc {
  networking = {
    interfaces.eth1 = {
      ipv4.addresses = [ { address = "10.0.0.1/24"; prefixLength = 24; } { address = "fd00::1"; prefixLength = 8; } ];
      ipv4.routes = [ { address = "10.1.0.0/16"; prefixLength = 16; via = "10.0.0.256"; } ];
      ipv6.addresses = [ { address = "fd00::1::2"; prefixLength = 64; } ];
      ipv6.routes = [ { address = "default"; prefixLength = 0; } ];
      macAddress = "52:54:00:12:34";
      mtu = -1;
    };
    defaultGateway = { address = "10.0.0.254/24"; interface = "eth1"; source = "eth1"; };
    defaultGateway6 = { address = "10.0.0.1"; interface = "eth1"; };
    nameservers = [ "192.0.2.1" "192.0.2.1/24" "dns.example.com" ];
    hosts."www.example.com" = [ "192.0.2.1" ];
    greTunnels.gre1 = { local = "10.0.0.1/24"; remote = "any"; };
  };
}).checked
