# networking.bonds: interfaces that are used as one, as files of systemd-networkd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.networking;
  inherit (import ../../lib/network-links.nix { inherit lib; }) linkName memberLink netdev word;

  # Options of the kernel's driver: the setting in [Bond], and how its value is written.
  same = setting: {
    inherit setting;
    write = value: value;
  };
  milliseconds = setting: {
    inherit setting;
    write = value: "${value}ms";
  };
  modes = [
    "balance-rr"
    "active-backup"
    "balance-xor"
    "broadcast"
    "802.3ad"
    "balance-tlb"
    "balance-alb"
  ];
  settings = {
    mode = {
      setting = "Mode";
      # The driver takes numbers, too.
      write =
        value:
        if builtins.match "[0-6]" value != null then lib.elemAt modes (lib.toInt value) else value;
    };
    arp_ip_target = {
      setting = "ARPIPTargets";
      write = builtins.replaceStrings [ "," ] [ " " ];
    };
    miimon = milliseconds "MIIMonitorSec";
    updelay = milliseconds "UpDelaySec";
    downdelay = milliseconds "DownDelaySec";
    arp_interval = milliseconds "ARPIntervalSec";
    ad_actor_sys_prio = same "AdActorSystemPriority";
    ad_actor_system = same "AdActorSystem";
    ad_select = same "AdSelect";
    ad_user_port_key = same "AdUserPortKey";
    all_slaves_active = same "AllSlavesActive";
    arp_all_targets = same "ARPAllTargets";
    arp_validate = same "ARPValidate";
    fail_over_mac = same "FailOverMACPolicy";
    lacp_rate = same "LACPTransmitRate";
    lp_interval = same "LearnPacketIntervalSec";
    min_links = same "MinLinks";
    num_grat_arp = same "GratuitousARP";
    num_unsol_na = same "GratuitousARP";
    packets_per_slave = same "PacketsPerSlave";
    primary_reselect = same "PrimaryReselectPolicy";
    resend_igmp = same "ResendIGMP";
    tlb_dynamic_lb = same "DynamicTransmitLoadBalancing";
    xmit_hash_policy = same "TransmitHashPolicy";
  };

  # What older configurations set beside `driverOptions`.
  olderNames = [ "lacp_rate" "miimon" "mode" "xmit_hash_policy" ];
  olderOf = bond: lib.filterAttrs (_: value: value != null) (lib.getAttrs olderNames bond);
  optionsOf = bond: lib.mapAttrs (_: toString) (olderOf bond) // bond.driverOptions;

  bondConfig =
    name: bond:
    lib.mapAttrs' (
      option: value:
      let
        known = settings.${option};
      in
      lib.nameValuePair known.setting (
        known.write (word [ "bonds" name "driverOptions" option ] value)
      )
    ) (builtins.intersectAttrs settings (optionsOf bond));

  files =
    name: bond:
    let
      link = linkName [ "bonds" ] name;
      primary = (optionsOf bond).primary or null;
    in
    [ (netdev link "bond" { bondConfig = bondConfig name bond; }) ]
    ++ map (
      member:
      memberLink (linkName [ "bonds" name "interfaces" ] member) ({
        Bond = link;
      } // lib.optionalAttrs (member == primary) { PrimarySlave = true; })
    ) bond.interfaces;

  older =
    name: type: example:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example;
      description = "An older name of `driverOptions.${name}`.";
    };
  members = lib.concatMap (bond: bond.interfaces) (lib.attrValues cfg.bonds);
  unknownOf =
    bond: lib.attrNames (removeAttrs (optionsOf bond) (lib.attrNames settings ++ [ "primary" ]));
in
{
  options.networking.bonds = mkOption {
    type = types.attrsOf (
      types.submodule {
        options = {
          interfaces = mkOption {
            type = types.listOf types.str;
            example = [ "enp4s0f0" "enp4s0f1" ];
            description =
              "The interfaces that are used as one. They have no addresses of their own.";
          };
          driverOptions = mkOption {
            type = types.attrsOf types.str;
            default = { };
            example = {
              miimon = "100";
              mode = "active-backup";
            };
            description =
              "Options of the kernel's driver, under its names. Those that systemd-networkd does not know are refused.";
          };
          lacp_rate = older "lacp_rate" types.str "fast";
          miimon = older "miimon" types.int 100;
          mode = older "mode" types.str "active-backup";
          xmit_hash_policy = older "xmit_hash_policy" types.str "layer2+3";
        };
      }
    );
    default = { };
    example = {
      bond0 = {
        interfaces = [ "eth0" "eth1" ];
        driverOptions.mode = "active-backup";
      };
    };
    description =
      "Bonds: each uses interfaces as one, under a name of its own, by which `networking.interfaces` gives it addresses.";
  };

  config = {
    assertions = lib.mapAttrsToList (
      name: bond:
      let
        unknown = unknownOf bond;
      in
      {
        assertion = unknown == [ ];
        message =
          "${
            lib.showOption [ "networking" "bonds" name "driverOptions" ]
          } has ${lib.concatStringsSep ", " unknown}, which systemd-networkd "
          + "cannot set. It knows: ${lib.concatStringsSep ", " (lib.attrNames settings ++ [ "primary" ])}.";
      }
    ) cfg.bonds;
    warnings = lib.concatLists (
      lib.mapAttrsToList (
        name: bond:
        map (
          option:
          let
            at = path: lib.showOption ([ "networking" "bonds" name ] ++ path);
          in
          "${at [ option ]} is an older name. Set ${at [ "driverOptions" option ]}."
        ) (lib.attrNames (olderOf bond))
      ) cfg.bonds
    );

    networking.interfaces = lib.genAttrs members (_: { });
    networking.memberInterfaces = members;
    networking.networkdFiles = lib.concatLists (lib.mapAttrsToList files cfg.bonds);
    boot = lib.mkIf (cfg.bonds != { }) {
      kernelModules = [ "bonding" ];
      # Otherwise the driver makes a bond0 of its own.
      extraModprobeConfig = "options bonding max_bonds=0\n";
      initrd.availableKernelModules = lib.mkIf config.boot.initrd.network.enable [ "bonding" ];
    };
  };
}
