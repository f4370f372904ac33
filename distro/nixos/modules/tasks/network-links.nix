# networking.bridges, vlans, macvlans and ipvlans: interfaces made of other ones, as files of systemd-networkd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking;
  inherit (import ../../lib/network-links.nix { inherit lib; })
    linkName
    memberLink
    netdev
    onLink
    present
    ;

  linksOf =
    description: example: options:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      default = { };
      inherit description example;
    };
  through = mkOption {
    type = types.str;
    example = "enp4s0";
    description = "The interface through which the packets go.";
  };

  # For each link the parts of files that make it.
  filesOf = kind: make: lib.concatLists (lib.mapAttrsToList make cfg.${kind});
  nameIn = kind: linkName [ kind ];
  under = kind: name: link: linkName [ kind name "interface" ] link.interface;

  bridgeFiles =
    name: bridge:
    let
      link = nameIn "bridges" name;
    in
    [ (netdev link "bridge" { }) ]
    ++ map (
      member: memberLink (linkName [ "bridges" name "interfaces" ] member) { Bridge = link; }
    ) bridge.interfaces;
  vlanFiles =
    name: vlan:
    let
      link = nameIn "vlans" name;
    in
    [
      (netdev link "vlan" { vlanConfig.Id = vlan.id; })
      (onLink (under "vlans" name vlan) { vlan = [ link ]; })
    ];
  macvlanFiles =
    name: macvlan:
    let
      link = nameIn "macvlans" name;
    in
    [
      (netdev link "macvlan" { macvlanConfig = present { Mode = macvlan.mode; }; })
      (onLink (under "macvlans" name macvlan) { macvlan = [ link ]; })
    ];
  ipvlanFiles =
    name: ipvlan:
    let
      link = nameIn "ipvlans" name;
    in
    [
      (netdev link "ipvlan" {
        ipvlanConfig = present {
          Mode = lib.toUpper ipvlan.mode;
          Flags = ipvlan.flags;
        };
      })
      (onLink (under "ipvlans" name ipvlan) { networkConfig.IPVLAN = [ link ]; })
    ];

  members = lib.concatMap (bridge: bridge.interfaces) (lib.attrValues cfg.bridges);
  parents = lib.concatMap (kind: map (link: link.interface) (lib.attrValues cfg.${kind})) [
    "vlans"
    "macvlans"
    "ipvlans"
  ];
in
{
  options.networking = {
    bridges =
      linksOf
        "Bridges: each joins interfaces into one network, under a name of its own, by which `networking.interfaces` gives it addresses."
        { br0.interfaces = [ "eth0" "eth1" ]; }
        {
          interfaces = mkOption {
            type = types.listOf types.str;
            example = [ "eth0" "eth1" ];
            description =
              "The interfaces that the bridge joins. They have no addresses of their own.";
          };
          rstp = mkOption {
            type = types.bool;
            default = false;
            description =
              "Not available: the rapid spanning tree protocol, which systemd-networkd has not.";
          };
        };
    vlans =
      linksOf
        "VLANs: each is an interface for the packets with one tag (IEEE 802.1Q) of another interface."
        {
          vlan10 = {
            id = 10;
            interface = "enp3s0";
          };
        }
        {
          id = mkOption {
            type = types.ints.between 0 4094;
            example = 10;
            description = "The tag.";
          };
          interface = through;
        };
    macvlans =
      linksOf
        "Further interfaces of an interface, each with a MAC address of its own."
        {
          wan = {
            interface = "enp2s0";
            mode = "vepa";
          };
        }
        {
          interface = through;
          mode = mkOption {
            type = types.nullOr (types.enum [ "private" "vepa" "bridge" "passthru" "source" ]);
            default = null;
            example = "bridge";
            description =
              "Which of the interfaces reach each other, see systemd.netdev(5); null leaves it to the kernel.";
          };
        };
    ipvlans =
      linksOf
        "Further interfaces of an interface, which have its MAC address."
        {
          wan = {
            interface = "enp2s0";
            mode = "l3";
          };
        }
        {
          interface = through;
          mode = mkOption {
            type = types.enum [ "l2" "l3" "l3s" ];
            default = "l2";
            description =
              "The layer at which packets are given to the interfaces, see systemd.netdev(5).";
          };
          flags = mkOption {
            type = types.nullOr (types.enum [ "private" "vepa" "bridge" ]);
            default = null;
            example = "vepa";
            description = "Which of the interfaces reach each other, see systemd.netdev(5).";
          };
        };
  };

  config = {
    assertions = lib.mapAttrsToList (name: bridge: {
      assertion = !bridge.rstp;
      message =
        "${
          lib.showOption [ "networking" "bridges" name "rstp" ]
        } is not available: systemd-networkd knows no rapid spanning tree protocol. "
        + "Remove the setting, or set systemd.network.netdevs.\"40-${name}\".bridgeConfig.STP = true.";
    }) cfg.bridges;

    networking.interfaces = lib.genAttrs (members ++ parents) (_: { });
    networking.memberInterfaces = members;
    networking.networkdFiles = filesOf "bridges" bridgeFiles ++ filesOf "vlans" vlanFiles;
    systemd.network = lib.mkMerge (
      filesOf "macvlans" macvlanFiles ++ filesOf "ipvlans" ipvlanFiles
    );
    boot.initrd.availableKernelModules = lib.mkIf config.boot.initrd.network.enable (
      lib.optional (cfg.bridges != { }) "bridge" ++ lib.optional (cfg.vlans != { }) "8021q"
    );
  };
}
