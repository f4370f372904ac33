# Interfaces made of others: bridges, bonds, VLANs, macvlans, tunnels and virtual ones.
let
  system = import ./system.inc {
    networking = {
      useDHCP = false;
      bridges.br0.interfaces = [ "eth2" "eth3" ];
      bonds.bond0 = {
        interfaces = [ "eth4" "eth5" ];
        driverOptions = { mode = "1"; miimon = "100"; primary = "eth4"; arp_ip_target = "10.0.0.1,10.0.0.2"; };
      };
      bonds.old = { interfaces = [ ]; mode = "802.3ad"; miimon = 50; };
      vlans.vlan10 = { id = 10; interface = "eth1"; };
      vlans.vlan20 = { id = 20; interface = "eth1"; };
      macvlans.mv0 = { interface = "eth1"; mode = "bridge"; };
      ipvlans.iv0.interface = "eth1";
      sits.six = { remote = "10.0.0.1"; local = "10.0.0.2"; dev = "eth1"; ttl = 64; encapsulation = { type = "fou"; port = 9001; }; };
      sits.free.remote = "10.0.0.9";
      ipips.four = { remote = "fd00::1"; local = "fd00::2"; dev = "eth1"; encapsulation.type = "4in6"; };
      greTunnels.gre0 = { remote = "10.0.0.1"; local = "10.0.0.2"; dev = "eth1"; };
      fooOverUDP.fou1 = { port = 9001; protocol = 41; };
      localCommands = "ip rule add from 10.0.0.0/8 lookup 10";
      interfaces.br0.ipv4.addresses = [{ address = "192.168.1.1"; prefixLength = 24; }];
      interfaces.vlan10.ipv6.addresses = [{ address = "fd00:10::1"; prefixLength = 64; }];
      interfaces.vlan10.ipv6.routes = [{ address = "fd01::"; prefixLength = 16; options = { pref = "high"; onlink = ""; }; }];
      interfaces.eth1 = { wakeOnLan.enable = true; proxyARP = true; tempAddress = "disabled"; macAddress = "52:54:00:00:00:01"; };
      interfaces.tun7 = { virtual = true; virtualOwner = "alice"; };
      interfaces.tap7 = { virtual = true; };
    };
    systemd.network.networks."40-br0" = { networkConfig.DHCPServer = true; dhcpServerConfig.PoolSize = 100; };
    boot.initrd.network.enable = true;
    systemd.network.config = { routeTables.uplink = 27; networkConfig.SpeedMeter = true; dhcpV4Config.DUIDType = "link-layer"; };
    systemd.watchdog = { device = "/dev/watchdog"; kexecTime = "5min"; };
  };
  inherit (system) config lib;
  files = lib.filterAttrs (name: _: lib.hasPrefix "systemd/network/" name) config.environment.etc;
in
{
  files = lib.mapAttrs (_: file: file.text) files;
  commands = (system.units [ "network-local-commands.service" ])."network-local-commands.service".text;
  modules = config.boot.kernelModules;
  modprobe = system.etc [ "modprobe.d/nixos.conf" ];
  tables = system.etc [ "systemd/networkd.conf" "iproute2/rt_tables.d/nixos.conf" "systemd/system.conf" ];
  # A DHCP server waits for it.
  storage = config.systemd.upstreamWants."systemd-networkd.service";
  masked = lib.elem "systemd-networkd-persistent-storage.service" config.systemd.suppressedSystemUnits;
  forwarding = config.boot.kernel.sysctl."net.ipv4.conf.all.forwarding";
  # The initrd has what connects the machine, but no tunnels.
  initrd = lib.attrNames (lib.filterAttrs (name: _: lib.hasPrefix "/etc/systemd/network/" name) config.boot.initrd.systemd.contents);
  inherit (config) warnings;
  inherit (system) checked;
}
