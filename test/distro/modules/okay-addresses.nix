# Forms of addresses that networkd, ip, wg and nft take.
map (module: (import ./system.inc module).checked) [ { networking.defaultGateway = ""; } {
  networking = {
    interfaces.eth1 = {
      ipv4.addresses = [ { address = "10.0.0.1"; prefixLength = 24; } ];
      ipv4.routes = [ { address = "0.0.0.0"; prefixLength = 0; via = "fe80::1"; } ];
      ipv6.addresses = [ { address = "2001:DB8::ffff:10.0.0.1"; prefixLength = 64; } ];
      ipv6.routes = [ { address = "::"; prefixLength = 0; } ];
      macAddress = "52-54-00-12-34-56";
      mtu = 9000;
    };
    defaultGateway = { address = "10.0.0.254"; source = "10.0.0.1"; };
    defaultGateway6 = { address = "fe80::1"; interface = "eth1"; };
    nameservers = [ "192.0.2.1:5353" "[2001:db8::1]:853#dns.example.com" "fe80::1%eth1" ];
    hosts."fe80::1%eth1" = [ "router" ];
    sits.six = { local = "dhcp4"; remote = "192.0.2.1"; };
    wireguard.interfaces.wg0 = {
      ips = [ "10.0.1.1/24" "fd00::1" ];
      privateKeyFile = "/var/lib/wg0.key";
      peers = [ { publicKey = "x"; allowedIPs = [ "0.0.0.0/0" "::/0" ]; } ];
    };
  };
} ]
