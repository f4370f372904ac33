# networking.sits, ipips, greTunnels and fooOverUDP: tunnels, as files of systemd-networkd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking;
  addresses = import ../../lib/addresses.nix { inherit lib; };
  inherit (import ../../lib/network-links.nix { inherit lib; }) linkName netdev onLink present word;

  address =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
  tunnelOptions = {
    remote = address "10.0.0.1" "The address of the tunnel's other end.";
    local = address "10.0.0.22" "The address of this end, to which the other one sends packets.";
    ttl = mkOption {
      type = types.nullOr (types.ints.between 0 255);
      default = null;
      example = 255;
      description = "The time to live (hop limit) of the tunnel's packets.";
    };
    dev = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "enp4s0f0";
      description = "The interface through which the tunnel goes; null leaves it to the routes.";
    };
  };
  tunnelsOf =
    description: example: options:
    mkOption {
      type = types.attrsOf (types.submodule { options = tunnelOptions // options; });
      default = { };
      inherit description example;
    };

  # The parts of files of a tunnel, with the settings of its kind. networkd makes those of an interface's file along with the interface.
  tunnelFiles =
    kind: name: tunnel: linkKind: settings:
    let
      link = linkName [ kind ] name;
      at = option: value: if value == null then null else word [ kind name option ] value;
    in
    [
      (netdev link linkKind {
        tunnelConfig =
          present {
            Remote = at "remote" tunnel.remote;
            Local = at "local" tunnel.local;
            TTL = tunnel.ttl;
            Independent = if tunnel.dev == null then true else null;
          }
          // settings;
      })
    ]
    ++ lib.optional (tunnel.dev != null) (
      onLink (linkName [ kind name "dev" ] tunnel.dev) { tunnel = [ link ]; }
    );

  overUDP = sit: sit.encapsulation.type != "6in4";
  sitFiles =
    name: sit:
    tunnelFiles "sits" name sit "sit" (
      lib.optionalAttrs (overUDP sit) (
        present {
          FooOverUDP = true;
          Encapsulation =
            if sit.encapsulation.type == "fou" then "FooOverUDP" else "GenericUDPEncapsulation";
          FOUDestinationPort = sit.encapsulation.port;
          FOUSourcePort = sit.encapsulation.sourcePort;
        }
      )
    );
  overIPv6 = ipip: ipip.encapsulation.type != "ipip";
  ipipFiles =
    name: ipip:
    tunnelFiles "ipips" name ipip (if overIPv6 ipip then "ip6tnl" else "ipip") (
      lib.optionalAttrs (overIPv6 ipip) {
        Mode = if ipip.encapsulation.type == "4in6" then "ipip6" else "ip6ip6";
        EncapsulationLimit = ipip.encapsulation.limit;
      }
    );
  greFiles = name: gre: tunnelFiles "greTunnels" name gre gre.type { };
  fouFiles = name: fou: [
    (netdev (linkName [ "fooOverUDP" ] name) "fou" {
      fooOverUDPConfig = present {
        Port = fou.port;
        Encapsulation = if fou.protocol != null then "FooOverUDP" else "GenericUDPEncapsulation";
        Protocol = fou.protocol;
      };
    })
  ];
  filesOf = kind: make: lib.concatLists (lib.mapAttrsToList make cfg.${kind});

  # networkd has further words for addresses of a tunnel's ends.
  isEnd =
    value:
    addresses.isAddress value
    || lib.elem value [ "any" "ipv4_link_local" "ipv6_link_local" "dhcp4" "dhcp6" "slaac" ];
  ends =
    kind:
    lib.concatLists (
      lib.mapAttrsToList (
        name: tunnel:
        map (end: {
          assertion = tunnel.${end} == null || isEnd tunnel.${end};
          message = "${
            lib.showOption [ "networking" kind name end ]
          } is \"${tunnel.${end}}\", which is not an address. Write it as in \"192.0.2.1\", without a prefix length.";
        }) [ "local" "remote" ]
      ) cfg.${kind}
    );

  devices = lib.concatMap (
    kind: builtins.filter (dev: dev != null) (map (tunnel: tunnel.dev) (lib.attrValues cfg.${kind}))
  ) [ "sits" "ipips" "greTunnels" ];

  port =
    example: description:
    mkOption {
      type = types.nullOr types.port;
      default = null;
      inherit example description;
    };
in
{
  options.networking = {
    sits =
      tunnelsOf
        "Tunnels for IPv6 in packets of IPv4."
        {
          hurricane = {
            remote = "10.0.0.1";
            local = "10.0.0.22";
            ttl = 255;
          };
        }
        {
          encapsulation = {
            type = mkOption {
              type = types.enum [ "6in4" "fou" "gue" ];
              default = "6in4";
              description =
                "`6in4` puts packets straight into those of IPv4 (RFC 4213), `fou` (Foo over UDP) and `gue` (Generic UDP "
                + "Encapsulation) into UDP.";
            };
            port = port 9001 "The port of the other end, over UDP.";
            sourcePort = port 9002 "The port of this end, over UDP; null leaves it to the kernel.";
          };
        };
    ipips =
      tunnelsOf
        "Tunnels for IP in packets of IP, such as IPv4 in IPv6 (RFC 2473) or IPv4 in IPv4 (RFC 2003)."
        {
          wan4in6 = {
            remote = "2001:db8::1";
            local = "2001:db8::3";
            dev = "wan6";
            encapsulation.type = "4in6";
          };
        }
        {
          encapsulation = {
            type = mkOption {
              type = types.enum [ "ipip" "4in6" "ip6ip6" ];
              default = "ipip";
              description = "`ipip` is IPv4 in IPv4, `4in6` IPv4 in IPv6, `ip6ip6` IPv6 in IPv6.";
            };
            limit = mkOption {
              type = types.either (types.enum [ "none" ]) (types.ints.between 0 255);
              default = 4;
              example = "none";
              description =
                "How many tunnels packets may go through one within the other, where they are IPv6's; `none` sets no limit.";
            };
          };
        };
    greTunnels =
      tunnelsOf
        "Tunnels of GRE (Generic Routing Encapsulation)."
        {
          greBridge = {
            remote = "10.0.0.1";
            local = "10.0.0.22";
            dev = "enp4s0f0";
            type = "tap";
          };
        }
        {
          type = mkOption {
            type = types.enum [ "tun" "tap" "tun6" "tap6" ];
            default = "tap";
            apply =
              type:
              {
                tun = "gre";
                tap = "gretap";
                tun6 = "ip6gre";
                tap6 = "ip6gretap";
              }.${type};
            description =
              "Whether the tunnel has whole Ethernet frames (`tap`) or packets of IP (`tun`); `tap6` and `tun6` go over IPv6.";
          };
        };
    fooOverUDP = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            port = mkOption {
              type = types.port;
              example = 9001;
              description = "The UDP port to which packets come.";
            };
            protocol = mkOption {
              type = types.nullOr (types.ints.between 1 255);
              default = null;
              example = 41;
              description =
                "The number of the protocol in the packets (Foo over UDP); null for packets that say it themselves (GUE).";
            };
            local = mkOption {
              type = types.nullOr types.raw;
              default = null;
              description =
                "Not available: an address of this end, which systemd-networkd cannot set.";
            };
          };
        }
      );
      default = { };
      example = {
        primary = {
          port = 9001;
          protocol = 41;
        };
      };
      description =
        "Ports to which other machines send packets of tunnels over UDP; see ip-fou(8).";
    };
  };

  config = {
    assertions =
      lib.concatMap ends [ "sits" "ipips" "greTunnels" ]
      ++ lib.mapAttrsToList (name: fou: {
        assertion = fou.local == null;
        message =
          "${lib.showOption [ "networking" "fooOverUDP" name "local" ]} is not available: systemd-networkd takes packets on all addresses. "
          + "Remove the setting.";
      }) cfg.fooOverUDP
      ++ lib.mapAttrsToList (name: sit: {
        assertion = !(overUDP sit) || sit.encapsulation.port != null;
        message = "${
          lib.showOption [ "networking" "sits" name "encapsulation" "port" ]
        } is not set, but packets over UDP need the other end's port.";
      }) cfg.sits
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: ipip:
          map (end: {
            assertion = ipip.${end} != null;
            message = "${lib.showOption [ "networking" "ipips" name end ]} is not set: give the addresses of both ends.";
          }) [ "local" "remote" ]
        ) cfg.ipips
      );

    networking.interfaces = lib.genAttrs devices (_: { });
    systemd.network = lib.mkMerge (
      filesOf "sits" sitFiles
      ++ filesOf "ipips" ipipFiles
      ++ filesOf "greTunnels" greFiles
      ++ filesOf "fooOverUDP" fouFiles
    );
    boot.kernelModules =
      lib.optional (cfg.sits != { }) "sit"
      ++ lib.optional (cfg.greTunnels != { }) "gre"
      ++ lib.optional (cfg.fooOverUDP != { } || lib.any overUDP (lib.attrValues cfg.sits)) "fou";
  };
}
