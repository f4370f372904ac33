# networking.interfaces, useDHCP, gateways and name servers, as files of systemd-networkd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking;
  inherit (import ../../lib/formats { inherit lib; }) text;
  networkLinks = import ../../lib/network-links.nix { inherit lib; };
  addresses = import ../../lib/addresses.nix { inherit lib; };
  inherit (import ../../lib/network-interface-options.nix {
    inherit lib;
    inherit (cfg) tempAddresses;
  })
    gatewayType
    interfaceType
    temporary
    ;

  # Where the value of an interface's or a gateway's option goes: a file of networkd's.
  at = option: {
    inherit option;
    file = "a file of networkd's";
  };
  interfaceOption =
    i: path: at (lib.showOption ([ "networking" "interfaces" i.attribute ] ++ path));

  interfaces = lib.mapAttrsToList (attribute: i: i // { inherit attribute; }) cfg.interfaces;
  interfaceName = i: text.interfaceName (interfaceOption i [ "name" ]) i.name;
  # As on NixOS, an empty address is none.
  gateways = lib.concatMap (
    name:
    lib.optional (cfg.${name} != null && cfg.${name}.address != "") (cfg.${name} // {
      option = "networking.${name}";
    })
  ) [ "defaultGateway" "defaultGateway6" ];
  families = [ "ipv4" ] ++ lib.optional cfg.enableIPv6 "ipv6";
  cidr = where: a: "${text.word where a.address}/${toString a.prefixLength}";
  addressesOf =
    i:
    lib.concatMap (
      family:
      map (cidr (interfaceOption i [ family "addresses" "*" "address" ])) i.${family}.addresses
    ) families;

  gatewayRoute =
    g:
    {
      Gateway = text.word (at "${g.option}.address") g.address;
      GatewayOnLink = true;
    }
    // lib.optionalAttrs (g.metric != null) { Metric = g.metric; }
    // lib.optionalAttrs (g.source != null) {
      PreferredSource = text.word (at "${g.option}.source") g.source;
    };
  # Options of ip-route(8), and the settings of networkd.
  routeSettings = {
    advmss = "TCPAdvertisedMaximumSegmentSize";
    fastopen_no_cookie = "FastOpenNoCookie";
    from = "Source";
    initcwnd = "InitialCongestionWindow";
    initrwnd = "InitialAdvertisedReceiveWindow";
    metric = "Metric";
    mtu = "MTUBytes";
    onlink = "GatewayOnLink";
    pref = "IPv6Preference";
    protocol = "Protocol";
    quickack = "QuickAck";
    scope = "Scope";
    src = "PreferredSource";
    table = "Table";
    ttl-propagate = "TTLPropagate";
  };
  routeValue =
    name: value:
    if name == "onlink" then
      "true"
    else if name == "ttl-propagate" then
      (if value == "enabled" then "true" else "false")
    else
      value;
  route =
    i: family: r:
    let
      where = name: interfaceOption i [ family "routes" "*" name ];
    in
    { Destination = cidr (where "address") r; }
    // lib.optionalAttrs (r.via != null) { Gateway = text.word (where "via") r.via; }
    // lib.optionalAttrs (r.type != null) { Type = text.word (where "type") r.type; }
    // lib.mapAttrs' (
      name: value:
      lib.nameValuePair
        (
          routeSettings.${name} or (text.refuse
            (where "options")
            "an option that systemd-networkd does not know (it knows ${lib.concatStringsSep ", " (lib.attrNames routeSettings)})"
            name
          )
        )
        (routeValue name (text.line (where "options") value))
    ) r.options;

  # What is wrong with the addresses of an interface, and of a gateway.
  interfaceProblems =
    i:
    let
      option = path: (interfaceOption i path).option;
      ofFamily =
        family:
        let
          each =
            name: f: lib.concatMap (f (part: option [ family name "*" part ])) i.${family}.${name};
          isOne = addresses.addressProblem {
            inherit family;
            length = "prefixLength";
          };
        in
        each "addresses" (option: a: isOne (option "address") a.address)
        ++ each "routes" (
          option: r:
          isOne (option "address") r.address
          ++ lib.optionals (r.via != null) (addresses.addressProblem { } (option "via") r.via)
        );
    in
    lib.concatMap ofFamily families
    ++ lib.optionals (i.macAddress != null) (
      addresses.macAddressProblem (option [ "macAddress" ]) i.macAddress
    )
    # Less is no MTU of IP's, and no driver takes it.
    ++ lib.optional (i.mtu != null && (i.mtu < 68 || i.mtu > 4294967295)) (
      "${option [ "mtu" ]} is ${toString i.mtu}, which is no size of packets. Set it to at least 68, or remove it."
    );
  gatewayProblems =
    g:
    let
      problem = addresses.addressProblem {
        family = if g.option == "networking.defaultGateway" then "ipv4" else "ipv6";
      };
    in
    problem "${g.option}.address" g.address
    ++ lib.optionals (g.source != null) (problem "${g.option}.source" g.source);
  problems =
    lib.concatMap interfaceProblems interfaces
    ++ lib.concatMap gatewayProblems gateways
    ++ lib.concatMap (addresses.nameServerProblem "networking.nameservers") cfg.nameservers;

  hasAddresses = i: i.ipv4.addresses != [ ] || i.ipv6.addresses != [ ];
  # With dhcpcd, it has the interfaces that use DHCP.
  usesDHCP =
    i:
    !cfg.dhcpcd.enable
    && (if i.useDHCP != null then i.useDHCP else cfg.useDHCP && i.ipv4.addresses == [ ]);

  # A gateway without an interface applies to the interfaces with static addresses.
  isFor = i: g: if g.interface != null then g.interface == i.name else hasAddresses i;

  network = i: {
    name = interfaceName i;
    DHCP = if usesDHCP i then "yes" else "no";
    address = addressesOf i;
    networkConfig = {
      # boot.kernel.sysctl has it.
      IPv6PrivacyExtensions = "kernel";
    } // lib.optionalAttrs i.proxyARP { IPv4ProxyARP = true; };
    linkConfig =
      lib.optionalAttrs (i.mtu != null) { MTUBytes = toString i.mtu; }
      // lib.optionalAttrs (i.macAddress != null) {
        MACAddress = text.word (interfaceOption i [ "macAddress" ]) i.macAddress;
      };
    routes =
      lib.concatMap (family: map (route i family) i.${family}.routes) families
      ++ map gatewayRoute (builtins.filter (isFor i) gateways);
    dns = map (text.word (at "networking.nameservers")) (
      lib.optionals (hasAddresses i) cfg.nameservers
    );
    domains = map (text.word (at "networking.search")) (lib.optionals (hasAddresses i) cfg.search);
  };

  # The files of networkd's for all interfaces.
  files =
    map (i: { networks."40-${interfaceName i}" = network i; }) interfaces
    ++ map virtual (builtins.filter (i: i.virtual) interfaces)
    ++ lib.optional (cfg.useDHCP && !cfg.dhcpcd.enable) {
      networks."99-ethernet-default-dhcp" = {
        matchConfig = {
          Type = "ether";
          Kind = "!*";
        };
        DHCP = "yes";
        networkConfig.IPv6PrivacyExtensions = "kernel";
      };
    };

  virtual =
    i:
    networkLinks.netdev (interfaceName i) i.virtualType {
      "${i.virtualType}Config".User =
        text.word (interfaceOption i [ "virtualOwner" ]) i.virtualOwner;
    };
in
{
  options.networking = {
    networkdFiles = mkOption {
      type = types.listOf types.raw;
      internal = true;
      default = [ ];
      description = "Parts of `systemd.network`. The initrd has them, too, if it has a network.";
    };
    memberInterfaces = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      description = "Interfaces that are part of another one, and have no addresses of their own.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether systemd-networkd configures the network. It always does, unless `networking.dhcpcd` or `networking.networkmanager` is "
        + "enabled; NixOS has scripts otherwise.";
    };
    useDHCP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Ethernet interfaces without static addresses get theirs by DHCP.";
    };
    interfaces = mkOption {
      type = types.attrsOf interfaceType;
      default = { };
      example = {
        eth0.ipv4.addresses = [
          {
            address = "131.211.84.78";
            prefixLength = 25;
          }
        ];
      };
      description = "The settings of network interfaces, by their names.";
    };
    defaultGateway = mkOption {
      type = types.nullOr gatewayType;
      default = null;
      example = {
        address = "131.211.84.1";
        interface = "eth0";
      };
      description = "The gateway for IPv4.";
    };
    defaultGateway6 = mkOption {
      type = types.nullOr gatewayType;
      default = null;
      example = {
        address = "2001:4d0:1e04:895::1";
        interface = "eth0";
      };
      description = "The gateway for IPv6.";
    };
    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "130.161.158.4" ];
      description = "DNS servers. If empty, those that DHCP provides.";
    };
    search = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "example.com" ];
      description = "Search domains, which are appended to host names without a dot.";
    };
    tempAddresses = mkOption {
      type = types.enum (lib.attrNames temporary);
      default = if cfg.enableIPv6 then "default" else "disabled";
      defaultText = lib.literalMD "`default`, or `disabled` where there is no IPv6";
      description =
        "Whether interfaces have temporary IPv6 addresses (privacy extensions) besides those that the network's routers give. With "
        + "`default` they are the source of connections, with `enabled` they are not, and with `disabled` there are none.";
    };
    usePredictableInterfaceNames = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether interfaces are named after their place in the hardware (ens3) instead of numbered (eth0).";
    };
  };

  config = lib.mkMerge [
    {
      warnings = lib.optional (!cfg.useNetworkd && config.systemd.network.enable) (
        "networking.useNetworkd = false has no effect: there are no scripts that configure the network, and systemd-networkd does. Remove "
        + "the setting."
      );
      assertions =
        map (message: {
          assertion = false;
          inherit message;
        }) problems
        ++ map (g: {
          assertion = g.interface == null || cfg.interfaces ? ${g.interface};
          message =
            "${g.option}.interface is \"${g.interface}\", but there is no such interface. Declare it in networking.interfaces.";
        }) gateways
        ++ map (g: {
          assertion = g.interface != null || lib.any hasAddresses interfaces;
          message =
            "${g.option} is ${g.address}, but no interface has addresses from which it could be reached. "
            + "Set networking.interfaces.<name>.ipv4.addresses, or ${g.option}.interface.";
        }) gateways
        ++ map (i: {
          assertion = !(lib.elem i.name cfg.memberInterfaces && hasAddresses i);
          message =
            "${lib.showOption [ "networking" "interfaces" i.attribute ]} has addresses, but it is part of a bridge or bond. Give the "
            + "addresses to that.";
        }) interfaces
        ++ map (i: {
          assertion = i.tempAddress == "disabled" || cfg.enableIPv6;
          message =
            "${
              lib.showOption [ "networking" "interfaces" i.attribute "tempAddress" ]
            } is \"${i.tempAddress}\", but networking.enableIPv6 is "
            + "false. Remove one of the settings.";
        }) interfaces
        ++ map (i: {
          assertion = !(i.virtual && i.virtualType == "tun" && i.macAddress != null);
          message =
            "${lib.showOption [ "networking" "interfaces" i.attribute "macAddress" ]} is set, but a TUN interface has no MAC address. "
            + "Remove it.";
        }) interfaces;

      systemd.network.links = lib.listToAttrs (
        map (
          i:
          lib.nameValuePair "40-${interfaceName i}" {
            matchConfig.OriginalName = interfaceName i;
            linkConfig.WakeOnLan = lib.concatStringsSep " " i.wakeOnLan.policy;
          }
        ) (builtins.filter (i: i.wakeOnLan.enable) interfaces)
      );

      boot.kernelModules = lib.optional (lib.any (i: i.virtual) interfaces) "tun";
      boot.kernel.sysctl =
        {
          # The pattern is for interfaces that are found, and gives way to single ones.
          "net.ipv6.conf.default.use_tempaddr" = temporary.${cfg.tempAddresses};
          "net.ipv6.conf.*.use_tempaddr" = temporary.${cfg.tempAddresses};
        }
        // lib.listToAttrs (
          map (
            i:
            lib.nameValuePair
              "net.ipv6.conf.${builtins.replaceStrings [ "." ] [ "/" ] (interfaceName i)}.use_tempaddr"
              temporary.${i.tempAddress}
          ) (builtins.filter (i: i.tempAddress != cfg.tempAddresses) interfaces)
        )
        // lib.optionalAttrs (lib.any (i: i.proxyARP) interfaces) {
          "net.ipv4.conf.all.forwarding" = lib.mkDefault true;
        };
      boot.kernelParams = lib.optional (!cfg.usePredictableInterfaceNames) "net.ifnames=0";
    }
    {
      # What is wrong is said of the options here alone.
      networking.networkdFiles = lib.optionals (problems == [ ]) files;
      systemd.network = lib.mkMerge (cfg.networkdFiles ++ [ { enable = lib.mkDefault true; } ]);
      services.resolved.enable = lib.mkDefault true;
    }
  ];
}
