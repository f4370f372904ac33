# The types of networking.interfaces and of gateways. `tempAddresses' is the default of an interface's `tempAddress'.
{ lib, tempAddresses }:

let
  inherit (lib) mkOption types;

  addressType =
    bits:
    types.submodule {
      options = {
        address = mkOption {
          type = types.str;
          description = "The address, without its prefix.";
        };
        prefixLength = mkOption {
          type = types.ints.between 0 bits;
          description =
            "The length of the network prefix in bits: 24 is a netmask of 255.255.255.0.";
        };
      };
    };
  routeType =
    bits:
    types.submodule {
      options = {
        address = mkOption {
          type = types.str;
          description = "The network's address.";
        };
        prefixLength = mkOption {
          type = types.ints.between 0 bits;
          description =
            "The length of the network prefix in bits: 24 is a netmask of 255.255.255.0.";
        };
        via = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The address of the gateway; null sends packets straight to the interface.";
        };
        type = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "blackhole";
          description =
            "The type of the route, for instance `unreachable` or `blackhole`; see ip-route(8).";
        };
        options = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example = { mtu = "1492"; };
          description = "Further settings of the route.";
        };
      };
    };
  family = bits: {
    addresses = mkOption {
      type = types.listOf (addressType bits);
      default = [ ];
      example = [
        {
          address = "192.0.2.2";
          prefixLength = 24;
        }
      ];
      description = "Static addresses of the interface.";
    };
    routes = mkOption {
      type = types.listOf (routeType bits);
      default = [ ];
      example = [
        {
          address = "10.0.0.0";
          prefixLength = 8;
          via = "192.0.2.1";
        }
      ];
      description = "Static routes through the interface.";
    };
  };

  # Temporary addresses of IPv6, as the kernel counts them.
  temporary = {
    disabled = 0;
    enabled = 1;
    default = 2;
  };

  interfaceOptions.options = {
    name = mkOption {
      type = types.str;
      example = "eth0";
      description = "The interface's name. Defaults to the attribute's name.";
    };
    useDHCP = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description =
        "Whether the interface gets its addresses by DHCP. If null, it does if `networking.useDHCP` is set and it has no "
        + "static addresses of IPv4.";
    };
    ipv4 = family 32;
    ipv6 = family 128;
    macAddress = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "00:11:22:33:44:55";
      description = "The MAC address to use instead of the one in hardware.";
    };
    mtu = mkOption {
      type = types.nullOr types.int;
      default = null;
      example = 9000;
      description = "The largest packet that is sent, in bytes (MTU).";
    };
    wakeOnLan = {
      enable =
        lib.mkEnableOption
          "Wake-on-LAN, by which a packet from the network starts a machine of hardware";
      policy = mkOption {
        type = types.listOf (
          types.enum [ "phy" "unicast" "multicast" "broadcast" "arp" "magic" "secureon" ]
        );
        default = [ "magic" ];
        description = "The packets that start the machine, as in systemd.link(5).";
      };
    };
    virtual = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the interface is a virtual one (TUN or TAP) that is created at boot.";
    };
    virtualOwner = mkOption {
      type = types.str;
      default = "root";
      description = "The user who may use a virtual interface.";
    };
    virtualType = mkOption {
      type = types.enum [ "tun" "tap" ];
      defaultText = lib.literalMD "`tun` where the interface's name begins so, else `tap`";
      description =
        "The type of a virtual interface: `tun` carries IP packets, `tap` whole Ethernet frames.";
    };
    proxyARP = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the interface replies to ARP requests for addresses of other interfaces (proxy ARP). It turns on the forwarding of "
        + "packets between all interfaces.";
    };
    tempAddress = mkOption {
      type = types.enum (lib.attrNames temporary);
      default = tempAddresses;
      defaultText = lib.literalExpression "config.networking.tempAddresses";
      description =
        "Whether the interface has temporary IPv6 addresses (privacy extensions): see `networking.tempAddresses`.";
    };
  };
  interfaceDefaults =
    { name, ... }:
    {
      name = lib.mkDefault name;
      virtualType = lib.mkOptionDefault (if lib.hasPrefix "tun" name then "tun" else "tap");
    };

  gatewayType = types.coercedTo types.str (address: { inherit address; }) (
    types.submodule {
      options = {
        address = mkOption {
          type = types.str;
          description = "The gateway's address.";
        };
        interface = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "eth0";
          description =
            "The interface through which the gateway is reached. If null, those with static addresses.";
        };
        metric = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 1024;
          description =
            "The metric of the route. Of several routes the one with the lowest metric is taken.";
        };
        source = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The source address of packets that take this route.";
        };
      };
    }
  );
in
{
  inherit gatewayType temporary;
  interfaceType = types.submodule [ interfaceOptions interfaceDefaults ];
}
