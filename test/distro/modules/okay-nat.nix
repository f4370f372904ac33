# Address translation, the filters for what goes out and through, and what is written to the log.
let
  system = import ./system.inc {
    networking = {
      nat = {
        enable = true;
        enableIPv6 = true;
        externalInterface = "eth1";
        externalIP = "203.0.113.1";
        internalInterfaces = [ "vlan10" ];
        internalIPs = [ "192.168.1.0/24" ];
        internalIPv6s = [ "fd00:1::/64" ];
        dmzHost = "192.168.1.9";
        forwardPorts = [
          { sourcePort = 8080; destination = "192.168.1.2:80"; loopbackIPs = [ "203.0.113.1" ]; }
          { sourcePort = "60000:60010"; destination = "[fd00:1::2]:60000-60010"; proto = "udp"; }
        ];
      };
      firewall = {
        filterForward = true;
        logRefusedConnections = true;
        logRefusedPackets = true;
        logRefusedUnicastsOnly = false;
        connectionTrackingModules = [ "ftp" ];
        filterOutput = {
          enabled = true;
          allowedTCPPorts = [ 443 ];
          interfaces.eth1.allowedUDPPorts = [ 53 ];
          trustedInterfaces = [ "vlan10" ];
        };
      };
    };
  };
  alone = import ./system.inc {
    networking.firewall.enable = false;
    networking.nat = { enable = true; internalIPs = [ "10.0.0.0/8" ]; };
  };
  flushed = import ./system.inc {
    networking.nftables = { enable = true; flushRuleset = true; ruleset = "table ip x { }\n"; };
    networking.firewall.enable = false;
  };
  inherit (system) config lib;
in
{
  etc = system.etc [ "nftables.rules" "nftables.clear" ];
  sysctl = lib.filterAttrs (name: _: lib.hasPrefix "net." name) config.boot.kernel.sysctl;
  modules = config.boot.kernelModules;
  inherit (config.systemd.services.nftables) aliases;
  unit = (system.units [ "nftables.service" ])."nftables.service".text;
  inherit (system) checked;
  alone = alone.etc [ "nftables.rules" "nftables.clear" ] // { inherit (alone.config.systemd.services.nftables) aliases; };
  flushed = flushed.etc [ "nftables.rules" "nftables.clear" ];
}
