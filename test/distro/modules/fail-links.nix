(import ./system.inc {
  networking = {
    bridges.br0 = { interfaces = [ "eth2" ]; rstp = true; };
    bonds.bond0 = { interfaces = [ "eth3" ]; driverOptions.use_carrier = "1"; };
    interfaces.eth3.ipv4.addresses = [{ address = "10.0.0.2"; prefixLength = 24; }];
    interfaces.tun0 = { virtual = true; macAddress = "52:54:00:00:00:01"; };
    sits.six = { remote = "10.0.0.1"; encapsulation.type = "gue"; };
    ipips.four.dev = "eth1";
    fooOverUDP.fou1 = { port = 1; local.address = "10.0.0.1"; };
    nat = { enable = true; extraCommands = "iptables -A x"; forwardPorts = [{ sourcePort = 1; destination = "[fd00::1]:1"; }]; };
    firewall.backend = "iptables";
    firewall.autoLoadConntrackHelpers = true;
  };
}).checked
