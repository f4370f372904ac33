# Tunnels and resolvers: their units and files.
let
  peer = { publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="; allowedIPs = [ "10.1.0.0/16" "fd00::/64" ]; };
  shared = peer // { presharedKeyFile = "/keys/psk"; };
  tunnels = {
    wg0 = {
      ips = [ "10.0.0.1/24" ];
      privateKeyFile = "/keys/it's secret";
      generatePrivateKeyFile = true;
      listenPort = 51820;
      table = "42";
      metric = 7;
      socketNamespace = "outside";
      interfaceNamespace = "inside";
      postSetup = [ "echo up" ];
      peers = [
        (peer // { endpoint = "demo.example.org:1"; presharedKeyFile = "/keys/psk"; dynamicEndpointRefreshSeconds = 5; name = "demo"; })
        (peer // { endpoint = "192.0.2.1:1"; persistentKeepalive = 25; name = "fixed"; })
      ];
    };
  };
  system = import ../options/system.inc {
    modules = [
      {
        fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
        system.stateVersion = "23.05";
        networking.wireguard.interfaces = tunnels;
        networking.wg-quick.interfaces.wg1 = { address = [ "10.2.0.1/24" ]; privateKeyFile = "/keys/wg1"; peers = [ shared ]; };
        services.unbound = {
          enable = true;
          checkconf = false;
          settings = {
            server = { interface = [ "192.0.2.9" ]; tls-service-key = "/keys/tls"; define-tag = "a b"; };
            forward-zone = [ { name = "."; forward-addr = [ "1.1.1.1" "9.9.9.9" ]; forward-tls-upstream = true; } ];
          };
        };
      }
    ];
  };
  networkd = import ../options/system.inc {
    modules = [
      {
        fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
        system.stateVersion = "23.05";
        networking.useNetworkd = true;
        networking.wireguard.interfaces.wg0 = { ips = [ "10.0.0.1/24" ]; privateKeyFile = "/keys/wg0"; peers = [ shared ]; };
      }
    ];
  };
  inherit (import ../../../distro/lib) filterAttrs hasInfix mapAttrs;
  etc = system: name: system.config.environment.etc.${name};
in
{
  scripts = mapAttrs (_: u: { inherit (u) script postStop wants; }) (
    filterAttrs (name: _: hasInfix "wireguard" name) system.config.systemd.services
  );
  quick = system.config.systemd.services.wg-quick-wg1.script != "";
  unbound = (etc system "unbound/unbound.conf").text;
  resolved = (etc system "systemd/resolved.conf").text;
  networkd = {
    netdev = (etc networkd "systemd/network/40-wg0.netdev").text;
    network = (etc networkd "systemd/network/40-wg0.network").text;
    unit = networkd.config.systemd.units."systemd-networkd.service".text;
    services = builtins.filter (hasInfix "wireguard") (builtins.attrNames networkd.config.systemd.services);
  };
}
