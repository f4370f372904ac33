# What systemd-networkd takes is left as it is: empty values, booleans, several addresses, new and old names, and what only a line can say.
(import ./system.inc {
  systemd.network = {
    config = { networkConfig.SpeedMeter = true; DHCPServer.PersistLeases = false; };
    networks."10-lan" = {
      matchConfig = { Name = "eth0"; Version = ">=6.1"; };
      networkConfig = {
        DHCP = true;
        DNS = [ "" "192.0.2.1 2001:db8::1#dns.example.com" "[2001:db8::1]:53%eth0" ];
        Gateway = "_ipv6ra";
        Address = "fd00::1";
        IPForward = true;
        MPLSRouting = true;
        X-Mine = 1;
      };
      DHCP = "ipv4";
      routes = [
        { Gateway = "_dhcp4"; Destination = "::/0"; PreferredSource = false; Source = "::ffff:10.0.0.1"; }
        { Destination = "10.0.0.0/8"; Type = "blackhole"; }
      ];
      extraConfig = "[Network]\nNewSetting=1\n";
    };
    netdevs."10-hsr" = { netdevConfig = { Name = "hsr0"; Kind = "hsr"; }; extraConfig = "[HSR]\nPorts=eth1 eth2\n"; };
    netdevs."20-plain".extraConfig = "[NetDev]\nName=x\nKind=dummy\n";
  };
}).checked
