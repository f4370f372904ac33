# systemd-networkd: its options, and the files made from them.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.systemd.network;
  unitOption = (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ../../../lib/formats/systemd.nix { inherit lib; })
    attrsToSection
    setting
    settingsToText
    ;
  text = import ../../../lib/formats/text.nix { inherit lib; };

  section =
    kind: name:
    mkOption {
      type = types.attrsOf unitOption;
      default = { };
      description = "Settings of the [${name}] section, as in systemd.${kind}(5).";
    };
  # A list of sets, each of which becomes a section. As on NixOS, each may be wrapped in a set `NAMEConfig`.
  sections =
    kind: key: name:
    mkOption {
      type = types.listOf (
        types.coercedTo (types.attrsOf types.anything) (s: if s ? ${key} then s.${key} else s) (
          types.attrsOf unitOption
        )
      );
      default = [ ];
      description = "[${name}] sections, as in systemd.${kind}(5): a set of settings for each.";
    };

  # option -> its section, and whether that can occur more than once.
  one = name: {
    inherit name;
    many = false;
  };
  many = key: name: {
    inherit key name;
    many = true;
  };

  layouts = {
    link = {
      matchConfig = one "Match";
      linkConfig = one "Link";
    };
    netdev = {
      matchConfig = one "Match";
      netdevConfig = one "NetDev";
      bridgeConfig = one "Bridge";
      vlanConfig = one "VLAN";
      macvlanConfig = one "MACVLAN";
      ipvlanConfig = one "IPVLAN";
      vxlanConfig = one "VXLAN";
      tunnelConfig = one "Tunnel";
      peerConfig = one "Peer";
      tunConfig = one "Tun";
      tapConfig = one "Tap";
      bondConfig = one "Bond";
      vrfConfig = one "VRF";
      wireguardConfig = one "WireGuard";
      wireguardPeers = many "wireguardPeerConfig" "WireGuardPeer";
    };
    network = {
      matchConfig = one "Match";
      linkConfig = one "Link";
      networkConfig = one "Network";
      dhcpV4Config = one "DHCPv4";
      dhcpV6Config = one "DHCPv6";
      dhcpPrefixDelegationConfig = one "DHCPPrefixDelegation";
      ipv6AcceptRAConfig = one "IPv6AcceptRA";
      dhcpServerConfig = one "DHCPServer";
      ipv6SendRAConfig = one "IPv6SendRA";
      bridgeConfig = one "Bridge";
      addresses = many "addressConfig" "Address";
      routingPolicyRules = many "routingPolicyRuleConfig" "RoutingPolicyRule";
      routes = many "routeConfig" "Route";
      dhcpServerStaticLeases = many "dhcpServerStaticLeaseConfig" "DHCPServerStaticLease";
      ipv6Prefixes = many "ipv6PrefixConfig" "IPv6Prefix";
      bridgeVLANs = many "bridgeVLANConfig" "BridgeVLAN";
    };
  };

  # Options that are short for settings of [Network]: `address = [ ... ]` is Address=.
  networkShort = {
    name = "Name";
    DHCP = "DHCP";
    address = "Address";
    gateway = "Gateway";
    dns = "DNS";
    ntp = "NTP";
    domains = "Domains";
    bridge = "Bridge";
    bond = "Bond";
    vrf = "VRF";
    vlan = "VLAN";
    macvlan = "MACVLAN";
    vxlan = "VXLAN";
    tunnel = "Tunnel";
  };
  shortOptions =
    lib.mapAttrs (
      _: key:
      mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        description = "Values of `${key}=` in the [Network] section, as in systemd.network(5).";
      }
    ) networkShort
    // {
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "en*";
        description =
          "The interfaces to which the file applies, by their names or a pattern (`Name=` in [Match]).";
      };
      DHCP = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "ipv4";
        description =
          "Which addresses come from DHCP: `yes`, `no`, `ipv4` or `ipv6` (`DHCP=` in [Network]).";
      };
    };

  optionsOf =
    kind:
    {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the file is written.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines to append to the file.";
      };
    }
    // lib.mapAttrs (
      _: l: if l.many then sections kind l.key l.name else section kind l.name
    ) layouts.${kind}
    // lib.optionalAttrs (kind == "network") shortOptions;

  filesOf =
    kind: description:
    mkOption {
      type = types.attrsOf (types.submodule { options = optionsOf kind; });
      default = { };
      inherit description;
    };

  # `at' is the place of the option that has the settings.
  sectionText =
    at: name: body: if body == { } then "" else "[${name}]\n${attrsToSection at body}\n";

  short =
    at: f:
    lib.concatMapStrings (
      name:
      let
        v = f.${name};
      in
      lib.optionalString (v != null) (
        lib.concatMapStrings (setting (text.below at name) networkShort.${name}) (lib.toList v)
      )
    ) (lib.remove "name" (lib.attrNames networkShort));

  fileText =
    kind: at: f:
    let
      layout = layouts.${kind};
      match =
        f.matchConfig // lib.optionalAttrs (kind == "network" && f.name != null) { Name = f.name; };
      rest = removeAttrs layout [ "matchConfig" "networkConfig" ];
      network = lib.optionalString (kind == "network") (
        let
          body = attrsToSection (text.below at "networkConfig") f.networkConfig + short at f;
        in
        lib.optionalString (body != "") "[Network]\n${body}\n"
      );
    in
    sectionText (text.below at "matchConfig") "Match" match
    + network
    + lib.concatStrings (
      lib.mapAttrsToList (
        option: l:
        let
          write = sectionText (text.below at option) l.name;
        in
        if l.many then lib.concatMapStrings write f.${option} else write f.${option}
      ) rest
    )
    + f.extraConfig;

  # networkd uses the first file, in the order of their names, that matches a link. The one for all links must come last: if another
  # file's name sorts after its own, it is renamed. "~" is the last character of ASCII.
  forAllLinks = "99-ethernet-default-dhcp";
  fileName =
    kind: files: name:
    let
      behind =
        name == forAllLinks
        && lib.any (other: "${name}.${kind}" < "${other}.${kind}") (lib.attrNames files);
    in
    "${lib.optionalString behind "~"}${name}.${kind}";

  etcFiles =
    kind: files:
    let
      present = lib.filterAttrs (_: f: f.enable) files;
      at = {
        option = "systemd.network.${kind}s";
        file = "a file of networkd's";
      };
      checkedName = name: builtins.seq (text.fileName at name) (fileName kind present name);
    in
    lib.mapAttrs' (
      name: f:
      lib.nameValuePair "systemd/network/${checkedName name}" {
        text = fileText kind (text.below at name) f;
      }
    ) present;

  # Network files from environment.etc that sort after the one for all links.
  unreachable =
    let
      prefix = "systemd/network/";
      ours =
        prefix + fileName "network" (lib.filterAttrs (_: f: f.enable) cfg.networks) forAllLinks;
      targets = map (f: f.target) (
        builtins.filter (f: f.enable) (lib.attrValues config.environment.etc)
      );
    in
    lib.optionals (cfg.networks ? ${forAllLinks} && cfg.networks.${forAllLinks}.enable) (
      builtins.filter (t: lib.hasPrefix prefix t && lib.hasSuffix ".network" t && ours < t) targets
    );

  waitOnline = name: {
    option = "systemd.network.wait-online.${name}";
    file = "a unit";
  };

  # Whether a unit that starts at boot is ordered after the network, or may be: of a package's unit, only the additions are known here. If
  # not, the network starts after the login prompt, unless a unit wants network-online.target.
  isAwaited = lib.any (
    s:
    s.enable
    && s.wantedBy ++ s.requiredBy != [ ]
    && (
      lib.any (u: u == "network.target" || u == "network-online.target") (
        s.after ++ s.wants ++ s.requires
      )
      || s.serviceConfig.ExecStart or "" == "" && s.script == ""
    )
  ) (lib.attrValues config.systemd.services);
in
{
  options.systemd.network = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether systemd-networkd configures the network. The `networking` options enable it; with `lib.mkForce false` "
        + "the network stays unconfigured.";
    };
    config = mkOption {
      type = types.attrsOf (types.attrsOf unitOption);
      default = { };
      apply =
        c:
        removeAttrs c [ "networkConfig" ]
        // lib.optionalAttrs (c ? networkConfig) { Network = c.networkConfig; };
      example = { Network.SpeedMeter = true; };
      description = "Settings of networkd.conf by section, as in networkd.conf(5).";
    };
    networks =
      filesOf
        "network"
        "Network files, by name: the addresses, routes and other settings of the interfaces that they match. See systemd.network(5)."
      // {
        example = {
          "10-lan" = {
            name = "enp1s0";
            address = [ "192.0.2.2/24" ];
            gateway = [ "192.0.2.1" ];
          };
        };
      };
    netdevs =
      filesOf
        "netdev"
        "Virtual network devices, such as bridges, VLANs and tunnels, by the name of their file. See systemd.netdev(5)."
      // {
        example = {
          "10-bridge".netdevConfig = {
            Name = "br0";
            Kind = "bridge";
          };
        };
      };
    links =
      filesOf "link" (
        "Link files, by name: names, MAC addresses and other low-level settings that udev gives to network devices. See "
        + "systemd.link(5)."
      )
      // {
        example = {
          "10-lan" = {
            matchConfig.MACAddress = "00:11:22:33:44:55";
            linkConfig.Name = "lan0";
          };
        };
      };
    startsEarly = mkOption {
      type = types.bool;
      internal = true;
      default = isAwaited;
      defaultText = lib.literalMD "whether a service is ordered after the network";
      description = "Whether networkd starts during boot, instead of after the login prompt.";
    };
    wait-online = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether network-online.target waits until the network is configured (systemd-networkd-wait-online).";
      };
      anyInterface = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether the network counts as online once any interface is, instead of all of them.";
      };
      ignoredInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "wg0" ];
        description = "Interfaces that are ignored when deciding whether the network is online.";
      };
      timeout = mkOption {
        type = types.ints.unsigned;
        default = 120;
        description =
          "How many seconds to wait for the network before giving up; 0 waits indefinitely.";
      };
      extraArgs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "--ipv4" ];
        description = "Additional arguments of systemd-networkd-wait-online(8).";
      };
    };
  };

  config = lib.mkMerge [
    {
      environment.etc = etcFiles "link" cfg.links;
    }
    (lib.mkIf cfg.enable {
      warnings = map (
        t:
        "environment.etc.\"${t}\" has no effect on Ethernet interfaces: its name sorts after that of the file for all of them. "
        + "Declare it as systemd.network.networks.\"${lib.removeSuffix ".network" (baseNameOf t)}\", or let its name begin with a "
        + "number below 99."
      ) unreachable;

      environment.etc =
        etcFiles "network" cfg.networks
        // etcFiles "netdev" cfg.netdevs
        // lib.optionalAttrs (cfg.config != { }) {
          "systemd/networkd.conf".text = settingsToText {
            option = "systemd.network.config";
            file = "networkd.conf";
          } cfg.config;
        };

      systemd.upstreamWants = {
        "multi-user.target" = lib.optional cfg.startsEarly "systemd-networkd.service";
        # Units that need the network pull it in. A login does not.
        "network-online.target" =
          lib.optional cfg.wait-online.enable "systemd-networkd-wait-online.service";
      };
      systemd.lateUnits = [ "systemd-networkd.service" ];
      systemd.upstreamAliases."dbus-org.freedesktop.network1.service" = "systemd-networkd.service";
      systemd.suppressedSystemUnits = [ "systemd-networkd-persistent-storage.service" ];

      systemd.services.systemd-networkd-wait-online =
        lib.mkIf
          (
            cfg.wait-online.anyInterface
            || cfg.wait-online.ignoredInterfaces != [ ]
            || cfg.wait-online.timeout != 120
            || cfg.wait-online.extraArgs != [ ]
          )
          {
            overrideStrategy = "asDropin";
            serviceConfig.ExecStart = [
              ""
              (lib.concatStringsSep " " (
                [
                  "/usr/lib/systemd/systemd-networkd-wait-online"
                  "--timeout=${toString cfg.wait-online.timeout}"
                ]
                ++ lib.optional cfg.wait-online.anyInterface "--any"
                ++ map (
                  i: "--ignore=${text.interfaceName (waitOnline "ignoredInterfaces") i}"
                ) cfg.wait-online.ignoredInterfaces
                ++ map (text.line (waitOnline "extraArgs")) cfg.wait-online.extraArgs
              ))
            ];
          };
    })
  ];
}
