(import ./system.inc {
  systemd.network = {
    config = { networkConfig.SpeedMetre = true; DHCPv4.DUIDTyp = "link-layer"; };
    networks."10-lan" = {
      matchConfig.Nam = "eth0";
      networkConfig = { DHPC = "yes"; Gateway = "10.0.0.999"; UseDNS = false; dns = "192.0.2.1"; };
      address = [ "10.0.0.1/24" "10.0.0.1/33" ];
      gateway = [ "10.0.0.254" "_dhcp4" "10.0.0.254/24" ];
      dns = [ "192.0.2.1 2001:db8::1" "dns.example.com" ];
      DHCP = "v4only";
      dhcpV4Config.UseDNs = true;
      addresses = [ { Address = "10.0.0.2/24"; Pear = "10.0.0.3/24"; } ];
      routes = [ { routeConfig = { Gateway = "10.0.0.1"; Destination = "default"; Zzyzx = 1; }; } ];
    };
    networks."20-off" = { enable = false; networkConfig.DHPC = "yes"; };
    netdevs."10-br0" = { netdevConfig = { Name = "br0"; Kind = "brdige"; }; bridgeConfig.STPP = true; };
    netdevs."20-none".netdevConfig.Name = "x";
    netdevs."30-bogus".netdevConfig = { Name = "x"; Kind = "bogus"; };
    links."10-eth0".linkConfig = { MTU = 1500; };
  };
  boot.initrd.systemd.enable = true;
  boot.initrd.systemd.network = { enable = true; networks."10-lan".networkConfig.Adress = "10.0.0.1/24"; };
}).checked
