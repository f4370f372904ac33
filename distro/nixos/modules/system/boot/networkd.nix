# systemd-networkd: its options, and the files made from them.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.systemd.network;
  networkd = import ../../../lib/networkd.nix { inherit lib; };
  inherit (networkd) filesOf fileName forAllLinks;

  etcFiles =
    kind: files:
    lib.mapAttrs' (name: text: lib.nameValuePair "systemd/network/${name}" { inherit text; }) (
      networkd.filesText kind "systemd.network.${kind}s" files
    );

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

  problemsOf = kind: networkd.problems kind "systemd.network.${kind}s" cfg."${kind}s";
  refused = map (message: {
    assertion = false;
    inherit message;
  });

  confText = networkd.configText "systemd.network.config" cfg.config;
  routeTablesText = networkd.routeTablesText "systemd.network.config" cfg.config;

  # Says to networkd that /var is there, where a DHCP server notes its leases. The server waits for it.
  persistentStorage = "systemd-networkd-persistent-storage.service";
  servesDHCP = lib.any (
    f:
    f.enable
    && lib.hasPrefix "systemd/network/" f.target
    && f.text != null
    && lib.hasInfix "DHCPServer=" f.text
  ) (lib.attrValues config.environment.etc);

  waitOnline = import ../../../lib/wait-online.nix { inherit lib; };

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
    config = networkd.configOption;
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
    wait-online = waitOnline.options // {
      enable = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether network-online.target waits until the network is configured (systemd-networkd-wait-online).";
      };
    };
  };

  config = lib.mkMerge [
    {
      assertions = refused (problemsOf "link");
      environment.etc = etcFiles "link" cfg.links;
    }
    (lib.mkIf cfg.enable {
      assertions = refused (
        problemsOf "network"
        ++ problemsOf "netdev"
        ++ networkd.configProblems "systemd.network.config" cfg.config
      );
      warnings = map (
        t:
        "environment.etc.\"${t}\" has no effect on Ethernet interfaces: its name sorts after that of the file for all of them. "
        + "Declare it as systemd.network.networks.\"${lib.removeSuffix ".network" (baseNameOf t)}\", or let its name begin with a "
        + "number below 99."
      ) unreachable;

      environment.etc =
        etcFiles "network" cfg.networks
        // etcFiles "netdev" cfg.netdevs
        // lib.optionalAttrs (confText != "") { "systemd/networkd.conf".text = confText; };
      networking.iproute2.rttablesExtraConfig = routeTablesText;

      systemd.upstreamWants = {
        "systemd-networkd.service" = lib.optional servesDHCP persistentStorage;
        "multi-user.target" = lib.optional cfg.startsEarly "systemd-networkd.service";
        # Units that need the network pull it in. A login does not.
        "network-online.target" =
          lib.optional cfg.wait-online.enable "systemd-networkd-wait-online.service";
      };
      systemd.lateUnits = [ "systemd-networkd.service" ];
      systemd.upstreamAliases."dbus-org.freedesktop.network1.service" = "systemd-networkd.service";
      systemd.suppressedSystemUnits = lib.optional (!servesDHCP) persistentStorage;

      systemd.services.systemd-networkd-wait-online =
        lib.mkIf (!(waitOnline.isDefault cfg.wait-online)) (
          waitOnline.dropIn "systemd.network.wait-online" cfg.wait-online
        );
    })
  ];
}
