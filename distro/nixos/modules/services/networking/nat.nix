# networking.nat: translation of addresses (NAT), as tables of nftables.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking.nat;
  inherit (import ../../../lib/formats { inherit lib; }) nftables text;
  addresses = import ../../../lib/addresses.nix { inherit lib; };

  option = name: "networking.nat.${name}";
  interfaces =
    name: list: "{ ${lib.concatMapStringsSep ", " (nftables.interface (option name)) list} }";

  # `iifname "eth1" ', and nothing for any interface.
  external =
    match:
    lib.optionalString
      (cfg.externalInterface != null)
      "${match} ${nftables.interface (option "externalInterface") cfg.externalInterface} ";

  # 10.0.0.1:80 or [fc00::2]:8000-8010.
  isIPv6 = destination: lib.hasPrefix "[" destination;
  parts =
    destination:
    let
      found = builtins.match "(\\[([0-9a-fA-F:.]+)]|([0-9.]+)):([0-9]+(-[0-9]+)?)" destination;
      at = lib.elemAt found;
      isRight = if at 1 != null then addresses.isIPv6 (at 1) else addresses.isIPv4 (at 2);
    in
    if found == null || !isRight then
      text.refuse
        {
          option = option "forwardPorts.*.destination";
          file = "the rules of nftables";
        }
        "anything but an address and a port or a range of ports (10.0.0.1:80, [fc00::2]:8000-8010)"
        destination
    else
      {
        address = if at 1 != null then at 1 else at 2;
        ports = at 3;
      };

  # { family, externalIP, addresses, forwards, dmz } of one family of addresses, as the chains of its table.
  chains =
    f:
    let
      address = name: nftables.address f.family (option name);
      source =
        if f.externalIP == null then
          "masquerade"
        else
          "snat to ${address f.externalIPOption f.externalIP}";
      ports = lib.replaceStrings [ ":" ] [ "-" ];
      forwarded =
        forward:
        "${
          nftables.protocol (option "forwardPorts.*.proto") forward.proto
        } dport ${ports (toString forward.sourcePort)} dnat to ${builtins.seq (parts forward.destination) forward.destination}";
      toExternalIP =
        lib.optionalString
          (f.externalIP != null)
          "${f.family} daddr ${address f.externalIPOption f.externalIP} ";
      # What the machine itself and those behind it send to one of these addresses comes back inside.
      loops =
        forward:
        map (
          ip:
          "    ${f.family} daddr ${address "forwardPorts.*.loopbackIPs" ip} ${forwarded forward}\n"
        ) forward.loopbackIPs;
      looped = lib.concatStrings (lib.concatMap loops f.forwards);
      loopedBack =
        forward:
        let
          to = parts forward.destination;
        in
        "    ${
          lib.optionalString
            (cfg.externalInterface != null)
            "iifname != ${nftables.interface (option "externalInterface") cfg.externalInterface} "
        }ct status dnat ${f.family} daddr ${to.address} ${forward.proto} dport ${to.ports} masquerade\n";
    in
    "  chain pre {\n    type nat hook prerouting priority dstnat;\n"
    + lib.concatMapStrings (
      forward: "    ${external "iifname"}${toExternalIP}${forwarded forward}\n"
    ) f.forwards
    + looped
    + lib.optionalString
      (f.dmz != null)
      "    ${external "iifname"}dnat to ${address "dmzHost" f.dmz}\n"
    + "  }\n  chain post {\n    type nat hook postrouting priority srcnat;\n"
    + lib.optionalString
      (cfg.internalInterfaces != [ ])
      "    iifname ${interfaces "internalInterfaces" cfg.internalInterfaces} ${external "oifname"}${source}\n"
    + lib.optionalString
      (f.addresses != [ ])
      "    ${f.family} saddr { ${lib.concatMapStringsSep ", " (address f.addressesOption) f.addresses} } ${external "oifname"}${source}\n"
    + lib.concatMapStrings loopedBack (builtins.filter (f: f.loopbackIPs != [ ]) f.forwards)
    + "  }\n  chain out {\n    type nat hook output priority -100;\n"
    + looped
    + "  }\n";

  # With a filter of what is forwarded, what is translated may pass.
  forwardRules =
    let
      accept = match: "${match} ${external "oifname"}accept\n";
      from =
        family: name:
        lib.optionalString (cfg.${name} != [ ]) (
          accept
            "${family} saddr { ${lib.concatMapStringsSep ", " (nftables.address family (option name)) cfg.${name}} }"
        );
    in
    lib.optionalString (cfg.internalInterfaces != [ ]) (
      accept "iifname ${interfaces "internalInterfaces" cfg.internalInterfaces}"
    )
    + from "ip" "internalIPs"
    + lib.optionalString cfg.enableIPv6 (from "ip6" "internalIPv6s");

  address =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
  networks =
    example: family:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example;
      description =
        "Networks of ${family}: packets that come from them and go to the external interface are translated.";
    };
in
{
  options.networking.nat = {
    enable = lib.mkEnableOption (
      "the translation of addresses (NAT), by which machines behind this one reach others under its address. Without a firewall on all "
      + "interfaces, machines outside may reach those behind, too"
    );
    enableIPv6 = lib.mkEnableOption "the same for IPv6";
    internalInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "eth0" ];
      description =
        "Interfaces: packets that come from them and go to the external interface are translated.";
    };
    internalIPs = networks [ "192.168.1.0/24" ] "IPv4";
    internalIPv6s = networks [ "fc00::/64" ] "IPv6";
    externalInterface = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "eth1";
      description = "The interface that leads outside; null for any.";
    };
    externalIP =
      address
        "203.0.113.123"
        "The address under which packets go outside; null for that of the interface. Ports are then forwarded of this address only.";
    externalIPv6 = address "2001:dc0:2001:11::175" "The same of IPv6.";
    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            sourcePort = mkOption {
              type = types.either types.port (types.strMatching "[[:digit:]]+:[[:digit:]]+");
              example = 8080;
              description = "The port outside, or a range of them (\"60000:61000\").";
            };
            destination = mkOption {
              type = types.str;
              example = "10.0.0.1:80";
              description =
                "Where the connections go: an address and a port, [ADDRESS]:PORT for IPv6; a range of ports is START-END.";
            };
            proto = mkOption {
              type = types.str;
              default = "tcp";
              example = "udp";
              description = "The protocol of the connections.";
            };
            loopbackIPs = mkOption {
              type = types.listOf types.str;
              default = [ ];
              example = [ "55.1.2.3" ];
              description =
                "Addresses outside of this machine, under which it and those behind it reach the destination, too.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          sourcePort = 8080;
          destination = "10.0.0.1:80";
        }
      ];
      description =
        "Ports of the external interface whose connections go to a machine behind this one.";
    };
    dmzHost =
      address "10.0.0.1" "The machine to which everything goes that no other rule forwards.";
    extraCommands = mkOption {
      type = types.lines;
      default = "";
      description = "Not available: commands of iptables. Use `networking.nftables.tables`.";
    };
    extraStopCommands = mkOption {
      type = types.lines;
      default = "";
      description = "Not available: commands of iptables. Use `networking.nftables.tables`.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.extraCommands == "" && cfg.extraStopCommands == "";
          message =
            "networking.nat.extraCommands and extraStopCommands are not available: they are commands of iptables, but addresses are "
            + "translated by nftables. Use networking.nftables.tables.";
        }
      ];
    }
    (lib.mkIf cfg.enable {
      assertions =
        [
          {
            assertion = !cfg.enableIPv6 || config.networking.enableIPv6;
            message = "networking.nat.enableIPv6 needs networking.enableIPv6. Set both, or none.";
          }
          {
            assertion = cfg.enableIPv6 || !(lib.any (f: isIPv6 f.destination) cfg.forwardPorts);
            message =
              "networking.nat.forwardPorts has a destination of IPv6, which needs networking.nat.enableIPv6. Set it.";
          }
        ]
        ++ map (name: {
          assertion = cfg.${name} == null || cfg.${name} == [ ] || cfg.externalInterface != null;
          message =
            "networking.nat.${name} needs networking.nat.externalInterface, the interface that leads outside. Set it.";
        }) [ "dmzHost" "forwardPorts" ];

      networking.nftables.tables = {
        nixos-nat = {
          family = "ip";
          content = chains {
            family = "ip";
            inherit (cfg) externalIP;
            externalIPOption = "externalIP";
            addresses = cfg.internalIPs;
            addressesOption = "internalIPs";
            forwards = builtins.filter (f: !(isIPv6 f.destination)) cfg.forwardPorts;
            dmz = cfg.dmzHost;
          };
        };
        nixos-nat6 = lib.mkIf cfg.enableIPv6 {
          family = "ip6";
          name = "nixos-nat";
          content = chains {
            family = "ip6";
            externalIP = cfg.externalIPv6;
            externalIPOption = "externalIPv6";
            addresses = cfg.internalIPv6s;
            addressesOption = "internalIPv6s";
            forwards = builtins.filter (f: isIPv6 f.destination) cfg.forwardPorts;
            dmz = null;
          };
        };
      };
      networking.firewall.extraForwardRules =
        lib.mkIf config.networking.firewall.filterForward forwardRules;
      environment.systemPackages = [ config.networking.firewall.package ];

      boot.kernelModules = [ "nf_nat_ftp" ];
      boot.kernel.sysctl = lib.mapAttrs (_: lib.mkOverride 99) (
        {
          "net.ipv4.conf.all.forwarding" = true;
          "net.ipv4.conf.default.forwarding" = true;
        }
        // lib.optionalAttrs cfg.enableIPv6 {
          # A machine that forwards still takes its own addresses from routers.
          "net.ipv6.conf.all.accept_ra" = 2;
          "net.ipv6.conf.default.accept_ra" = 2;
          "net.ipv6.conf.all.forwarding" = true;
          "net.ipv6.conf.default.forwarding" = true;
        }
      );
    })
  ];
}
