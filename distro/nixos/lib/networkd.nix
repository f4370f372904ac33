# The files of systemd-networkd, systemd.link(5), systemd.netdev(5) and systemd.network(5): their options, and their text.
{ lib }:

let
  inherit (lib) mkOption types;
  unitOption = (import ./systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ./formats/systemd.nix { inherit lib; }) attrsToSection setting settingsToText;
  text = import ./formats/text.nix { inherit lib; };
  problemsOf = import ./networkd-problems.nix { inherit lib; };

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
      ipvtapConfig = one "IPVTAP";
      vxlanConfig = one "VXLAN";
      tunnelConfig = one "Tunnel";
      fooOverUDPConfig = one "FooOverUDP";
      peerConfig = one "Peer";
      tunConfig = one "Tun";
      tapConfig = one "Tap";
      bondConfig = one "Bond";
      vrfConfig = one "VRF";
      xfrmConfig = one "Xfrm";
      wlanConfig = one "WLAN";
      batmanAdvancedConfig = one "BatmanAdvanced";
      l2tpConfig = one "L2TP";
      l2tpSessions = many "l2tpSessionConfig" "L2TPSession";
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
    xfrm = "Xfrm";
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
  tableName =
    option:
    text.restrict
      "[a-zA-Z_][a-zA-Z0-9_-]*"
      "anything but letters, digits, `_' and `-' in a table's name"
      {
        option = "${option}.routeTables";
        file = "networkd.conf";
      };
in
{
  inherit filesOf forAllLinks fileName;

  # The texts of all files of a kind, by file name. `option' is that with the files.
  filesText =
    kind: option: files:
    let
      present = lib.filterAttrs (_: f: f.enable) files;
      at = {
        inherit option;
        file = "a file of networkd's";
      };
      checkedName = name: builtins.seq (text.fileName at name) (fileName kind present name);
    in
    lib.mapAttrs' (
      name: f: lib.nameValuePair (checkedName name) (fileText kind (text.below at name) f)
    ) present;

  # What is wrong with the files of a kind.
  problems =
    kind: option: files:
    lib.concatLists (
      lib.mapAttrsToList (
        name:
        problemsOf.ofFile {
          inherit kind;
          layout = layouts.${kind};
          short = lib.optionalAttrs (kind == "network") (removeAttrs networkShort [ "name" ]);
        } "${option}.${lib.strings.escapeNixIdentifier name}"
      ) (lib.filterAttrs (_: f: f.enable) files)
    );

  # The option of networkd.conf, and its text.
  configOption = mkOption {
    type = types.submodule {
      freeformType = types.attrsOf (types.attrsOf unitOption);
      options = {
        networkConfig = section "networkd.conf" "Network";
        dhcpV4Config = section "networkd.conf" "DHCPv4";
        dhcpV6Config = section "networkd.conf" "DHCPv6";
        routeTables = mkOption {
          type = types.attrsOf (types.ints.between 1 4294967295);
          default = { };
          example = { uplink = 27; };
          description = "Names of routing tables, by which files of networkd may refer to them.";
        };
        addRouteTablesToIPRoute2 = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the program `ip' knows the names of `routeTables`, too.";
        };
      };
    };
    default = { };
    example = { networkConfig.SpeedMeter = true; };
    description = "Settings of networkd.conf by section, as in networkd.conf(5).";
  };

  configProblems =
    option: c:
    lib.concatLists (
      lib.mapAttrsToList
        (
          name: section:
          problemsOf.ofSection {
            kind = "networkd.conf";
            inherit section;
            option = "${option}.${name}";
          } (c.${name} or { })
        )
        {
          networkConfig = "Network";
          dhcpV4Config = "DHCPv4";
          dhcpV6Config = "DHCPv6";
          Network = "Network";
          DHCPv4 = "DHCPv4";
          DHCPv6 = "DHCPv6";
        }
    );

  # Its text, which is empty if nothing is set.
  configText =
    option: c:
    let
      at = {
        inherit option;
        file = "networkd.conf";
      };
      tables = lib.mapAttrsToList (name: n: "${tableName option name}:${toString n}") c.routeTables;
      own = removeAttrs c [
        "networkConfig"
        "dhcpV4Config"
        "dhcpV6Config"
        "routeTables"
        "addRouteTablesToIPRoute2"
      ];
    in
    settingsToText at (own // {
      Network =
        own.Network or { }
        // c.networkConfig
        // lib.optionalAttrs (tables != [ ]) { RouteTable = tables; };
      DHCPv4 = own.DHCPv4 or { } // c.dhcpV4Config;
      DHCPv6 = own.DHCPv6 or { } // c.dhcpV6Config;
    });

  # The names of routing tables for iproute2.
  routeTablesText =
    option: c:
    lib.optionalString c.addRouteTablesToIPRoute2 (
      lib.concatStrings (
        lib.mapAttrsToList (name: n: "${toString n} ${tableName option name}\n") c.routeTables
      )
    );
}
