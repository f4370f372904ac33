# The networks between a test's machines: eth1, eth2, ... with NixOS's addresses, and the machines' names in /etc/hosts.
{
  config,
  lib,
  nodes,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;
  number = toString cfg.test.nodeNumber;

  numbered = lib.imap1 (i: vlan: {
    name = "eth${toString i}";
    inherit vlan;
    assignIP = true;
  }) cfg.vlans;
  named = lib.mapAttrsToList (name: i: {
    inherit name;
    inherit (i) vlan assignIP;
  }) cfg.interfaces;
  interfaces = numbered ++ named;
  # Parts of bridges and bonds have no addresses.
  hasAddress = i: i.assignIP && !(lib.elem i.name config.networking.memberInterfaces);

  hex2 =
    n:
    let
      text = lib.toHexString n;
    in
    if n < 16 then "0${text}" else text;
  macOf = vlan: lib.toLower "52:54:00:12:${hex2 vlan}:${hex2 cfg.test.nodeNumber}";

  addressOf = list: lib.optionalString (list != [ ]) (lib.head list).address;
  first = config.networking.interfaces.${(lib.head interfaces).name} or null;

  lines =
    node:
    let
      net = node.networking;
      names =
        lib.optionalString (net.domain != null) "${net.hostName}.${net.domain} " + net.hostName;
    in
    lib.concatMapStrings (address: lib.optionalString (address != "") "${address} ${names}\n") [
      net.primaryIPAddress
      net.primaryIPv6Address
    ];
in
{
  options = {
    virtualisation.vlans = mkOption {
      type = types.listOf (types.ints.between 1 255);
      default = lib.optional (cfg.interfaces == { }) 1;
      defaultText = lib.literalMD "`[ 1 ]`, unless `virtualisation.interfaces` is set";
      example = [ 1 2 ];
      description =
        "The networks that the machine is in, one interface for each: eth1, eth2 and so on. Machines with a number in common reach each "
        + "other. The address in network N is 192.168.N.M, M being the machine's number.";
    };
    virtualisation.interfaces = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            vlan = mkOption {
              type = types.ints.between 1 255;
              description = "The network.";
            };
            assignIP = mkOption {
              type = types.bool;
              default = false;
              description = "Whether it has the address 192.168.N.M.";
            };
          };
        }
      );
      default = { };
      description = "Interfaces of networks between the machines, by their names.";
    };
    networking.primaryIPAddress = mkOption {
      type = types.str;
      internal = true;
      default = lib.optionalString (interfaces != [ ] && first != null) (
        addressOf first.ipv4.addresses
      );
      description = "The machine's address in its first network.";
    };
    networking.primaryIPv6Address = mkOption {
      type = types.str;
      internal = true;
      default = lib.optionalString (interfaces != [ ] && first != null) (
        addressOf first.ipv6.addresses
      );
      description = "The same of IPv6.";
    };
  };

  config = {
    virtualisation.test.networks = map (i: {
      inherit (i) vlan;
      mac = macOf i.vlan;
    }) interfaces;

    networking.usePredictableInterfaceNames = lib.mkDefault false;
    networking.interfaces = lib.listToAttrs (
      map (
        i:
        lib.nameValuePair i.name {
          ipv4.addresses = lib.mkIf (hasAddress i) (
            lib.mkDefault [
              {
                address = "192.168.${toString i.vlan}.${number}";
                prefixLength = 24;
              }
            ]
          );
          ipv6.addresses = lib.mkIf (hasAddress i) (
            lib.mkDefault [
              {
                address = "2001:db8:${toString i.vlan}::${number}";
                prefixLength = 64;
              }
            ]
          );
        }
      ) interfaces
    );

    # Named interfaces are found by their addresses of hardware.
    systemd.network.links = lib.listToAttrs (
      map (
        i:
        lib.nameValuePair "10-${i.name}" {
          matchConfig.PermanentMACAddress = macOf i.vlan;
          linkConfig.Name = i.name;
        }
      ) named
    );

    networking.extraHosts = lib.concatMapStrings lines (lib.attrValues nodes);

    # A script that waits for multi-user.target uses the network next.
    systemd.network.startsEarly = true;
  };
}
