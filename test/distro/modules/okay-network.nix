let
  system = import ./system.inc {
    networking = {
      hostName = "host";
      domain = "example.org";
      interfaces.eth0 = {
        ipv4.addresses = [{ address = "10.0.0.2"; prefixLength = 24; }];
        ipv4.routes = [{ address = "10.1.0.0"; prefixLength = 16; via = "10.0.0.9"; options.metric = "5"; }];
        mtu = 9000;
      };
      interfaces.eth1.useDHCP = true;
      defaultGateway = { address = "10.0.0.1"; interface = "eth0"; };
      nameservers = [ "10.0.0.53" ];
      search = [ "example.org" ];
      hosts."10.0.0.3" = [ "other" ];
      extraHosts = "10.0.0.4 more";
      firewall = {
        allowedTCPPorts = [ 443 80 ];
        allowedUDPPortRanges = [{ from = 60000; to = 61000; }];
        trustedInterfaces = [ "eth1" ];
        interfaces.eth0.allowedTCPPorts = [ 22 ];
      };
    };
    systemd.network.netdevs."10-br0".netdevConfig = { Name = "br0"; Kind = "bridge"; };
    systemd.network.networks."10-br0" = { matchConfig.Name = "br0"; address = [ "192.168.1.1/24" ];
      routes = [{ routeConfig.Destination = "0.0.0.0/0"; } { Destination = "10.9.0.0/16"; }]; };
    systemd.network.links."10-x" = { matchConfig.PermanentMACAddress = "52:54:00:12:01:01"; linkConfig.Name = "lan"; };
    services.openssh.enable = true;
  };
  inherit (system) config;
in
{
  etc = system.etc [ "hosts" "hostname" "nftables.rules" "systemd/network/40-eth0.network"
    "systemd/network/40-eth1.network" "systemd/network/99-ethernet-default-dhcp.network" "systemd/network/10-br0.network"
    "systemd/network/10-br0.netdev" "systemd/network/10-x.link" "systemd/resolved.conf" ];
  inherit (config.networking) fqdn;
  # sshd is ordered after the network, so the network starts along with the boot.
  networkd = config.systemd.upstreamWants."multi-user.target";
  checked = system.checked;
}
