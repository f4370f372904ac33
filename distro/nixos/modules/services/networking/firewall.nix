# The firewall as nftables rules, and the user's own rules.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;
  nft = config.networking.nftables;

  rangeType = types.attrsOf types.port;
  ports = {
    allowedTCPPorts = mkOption {
      type = types.listOf types.port;
      default = [ ];
      apply = list: lib.unique (lib.sort (a: b: a < b) list);
      example = [ 22 80 ];
      description = "TCP ports on which connections from outside are accepted.";
    };
    allowedUDPPorts = mkOption {
      type = types.listOf types.port;
      default = [ ];
      apply = list: lib.unique (lib.sort (a: b: a < b) list);
      example = [ 53 ];
      description = "UDP ports on which packets from outside are accepted.";
    };
    allowedTCPPortRanges = mkOption {
      type = types.listOf rangeType;
      default = [ ];
      example = [
        {
          from = 8999;
          to = 9003;
        }
      ];
      description =
        "Ranges of TCP ports on which connections from outside are accepted, both ends included.";
    };
    allowedUDPPortRanges = mkOption {
      type = types.listOf rangeType;
      default = [ ];
      example = [
        {
          from = 60000;
          to = 61000;
        }
      ];
      description =
        "Ranges of UDP ports on which packets from outside are accepted, both ends included.";
    };
  };

  inherit (import ../../../lib/formats { inherit lib; }) nftables;
  # Rules for the open ports. `option' names the set with the four lists of ports.
  open =
    option: prefix: p:
    let
      set =
        single: ranges:
        lib.concatStringsSep ", " (
          map toString p.${single} ++ map (nftables.range "${option}.${ranges}") p.${ranges}
        );
      line =
        protocol: ports:
        lib.optionalString (ports != "") "    ${prefix}${protocol} dport { ${ports} } accept\n";
    in
    line "tcp" (set "allowedTCPPorts" "allowedTCPPortRanges")
    + line "udp" (set "allowedUDPPorts" "allowedUDPPortRanges");
  openOn =
    name:
    open
      (lib.showOption [ "networking" "firewall" "interfaces" name ])
      "iifname ${nftables.interface "networking.firewall.interfaces" name} ";

  refused =
    if cfg.rejectPackets then "    meta l4proto tcp reject with tcp reset\n    reject\n" else "";
  log =
    lib.optionalString
      cfg.logRefusedConnections
      "    tcp flags & (fin | syn | rst | ack) == syn log level info prefix \"refused connection: \"\n";

  # Drops packets to whose source there is no route through the interface they arrived on or, with "loose", through any.
  reversePath = lib.optionalString (cfg.checkReversePath != false) ''
      chain rpfilter {
        type filter hook prerouting priority mangle + 10; policy drop;
        meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept
        fib saddr . mark ${lib.optionalString (cfg.checkReversePath != "loose") ". iif "}oif exists accept
    ${cfg.extraReversePathFilterRules}${lib.optionalString cfg.logReversePathDrops "\n    log level info prefix \"rpfilter drop: \""}
      }
  '';

  # The rules that are loaded if nft refuses the others: no new connections, except what the network itself needs.
  closed = ''
    table inet nixos-fw
    delete table inet nixos-fw
    table inet nixos-fw {
      chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state { established, related } accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        ip6 daddr fe80::/64 udp dport 546 accept
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
      }
    }
  '';

  # nft loads a file as one transaction: if it fails, the old rules stay. At the first start there are none, so the closed table is loaded
  # instead. If that fails too, the network stays down (see systemd-networkd below).
  load = utils.escapeSystemdExecArgs [
    "/bin/sh"
    "-c"
    (
      "if nft -f /etc/nftables.rules; then [ ! -e /run/firewall-failed ] || rm /run/firewall-failed; exit 0; fi; "
      + "nft -f /etc/nftables.closed || : > /run/firewall-failed; exit 1"
    )
  ];

  ruleset = ''
    table inet nixos-fw {
    ${reversePath}  chain input {
        type filter hook input priority filter; policy drop;
        iifname { ${
          lib.concatMapStringsSep
            ", "
            (nftables.interface "networking.firewall.trustedInterfaces")
            ([ "lo" ] ++ cfg.trustedInterfaces)
        } } accept
        ct state vmap { invalid : drop, established : accept, related : accept, new : jump input-allow, untracked : jump input-allow }
    ${log}${refused}  }
      chain input-allow {
    ${
      open "networking.firewall" "" cfg
    }${
      lib.concatStrings (lib.mapAttrsToList openOn cfg.interfaces)
    }${
      lib.optionalString
        cfg.allowPing
        "    icmp type echo-request ${
          lib.optionalString
            (cfg.pingLimit != null)
            "limit rate ${nftables.words "networking.firewall.pingLimit" cfg.pingLimit} "
        }accept\n"
    }    icmpv6 type != { nd-redirect, 139 } accept
        ip6 daddr fe80::/64 udp dport 546 accept
    ${cfg.extraInputRules}
      }
    ${
      lib.optionalString cfg.filterForward ''
          chain forward {
            type filter hook forward priority filter; policy drop;
            ct state vmap {
              invalid : drop,
              established : accept,
              related : accept,
              new : jump forward-allow,
              untracked : jump forward-allow
            }
          }
          chain forward-allow {
            icmpv6 type != { router-renumbering, 139 } accept
            ct status dnat accept
        ${cfg.extraForwardRules}
          }
      ''
    }}
  '';

  tableName =
    attribute: t:
    "${t.family} ${nftables.name (lib.showOption [ "networking" "nftables" "tables" attribute "name" ]) t.name}";
  tables = lib.concatStrings (
    lib.mapAttrsToList (
      name: t: lib.optionalString t.enable "table ${tableName name t} {\n${t.content}\n}\n"
    ) nft.tables
  );

  text =
    lib.optionalString nft.flushRuleset "flush ruleset\n"
    + lib.optionalString cfg.enable "table inet nixos-fw\ndelete table inet nixos-fw\n${ruleset}"
    + lib.concatStrings (
      lib.mapAttrsToList (
        name: t:
        lib.optionalString t.enable "table ${tableName name t}\ndelete table ${tableName name t}\n"
      ) nft.tables
    )
    + tables
    + nft.ruleset
    + lib.optionalString
      (nft.rulesetFile != null)
      "include ${nftables.path "networking.nftables.rulesetFile" "${nft.rulesetFile}"}\n";

  needed = cfg.enable || nft.enable;
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "networking" "nftables" "checkRuleset" ];
        type = types.bool;
        default = true;
        why =
          "rules are checked when they are loaded, as no command is run while building. Wrong ones leave all new connections blocked";
      }
    ])
  ];

  options.networking = {
    firewall = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether connections from outside are refused, but for the ports named here. The rules are nftables'.";
      };
      package = lib.mkPackageOption pkgs "nftables" { };
      interfaces = mkOption {
        type = types.attrsOf (types.submodule { options = ports; });
        default = { };
        example = { enp0s2.allowedTCPPorts = [ 80 ]; };
        description =
          "Ports that are open on single interfaces only, by the name of the interface.";
      };
      trustedInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "enp0s2" ];
        description =
          "Interfaces from which everything is accepted, such as those of virtual machines. The loopback interface always is.";
      };
      allowPing = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether the machine replies to pings (ICMP echo requests) over IPv4; over IPv6 it always does.";
      };
      pingLimit = mkOption {
        type = types.nullOr (types.separatedString " ");
        default = null;
        example = "2/minute burst 5 packets";
        description =
          "The rate up to which the machine replies to pings, in nftables' notation. null sets no limit.";
      };
      rejectPackets = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether refused packets are rejected with an error instead of being dropped.";
      };
      logRefusedConnections = mkOption {
        type = types.bool;
        default = false;
        description = "Whether refused TCP connections are written to the kernel log.";
      };
      checkReversePath = mkOption {
        type = types.either types.bool (types.enum [ "strict" "loose" ]);
        default = true;
        description =
          "Whether to drop packets to whose source there is no route through the interface on which they arrive (reverse "
          + "path filtering). `loose` accepts a route through any interface.";
      };
      logReversePathDrops = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether packets that `checkReversePath` drops are written to the kernel log.";
      };
      extraReversePathFilterRules = mkOption {
        type = types.lines;
        default = "";
        example = "fib daddr . mark . iif type local accept";
        description = "Further rules of nftables for packets that `checkReversePath` would drop.";
      };
      filterForward = mkOption {
        type = types.bool;
        default = false;
        description = "Whether packets between other machines are filtered, too.";
      };
      extraInputRules = mkOption {
        type = types.lines;
        default = "";
        example = "ip6 saddr { fc00::/7 } tcp dport 24800 accept";
        description =
          "Rules of nftables for incoming packets, tried after those for the open ports.";
      };
      extraForwardRules = mkOption {
        type = types.lines;
        default = "";
        example = "iifname \"wg0\" accept";
        description =
          "Rules of nftables for packets between other machines; they need `filterForward`.";
      };
      extraCommands = mkOption {
        type = types.lines;
        default = "";
        description = "Not available: commands of iptables. Use `extraInputRules`.";
      };
      extraStopCommands = mkOption {
        type = types.lines;
        default = "";
        description = "Not available: commands of iptables. Use `networking.nftables`.";
      };
      extraPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.conntrack-tools ]";
        description =
          "Packages to install along with the firewall, for instance tools that look at its rules.";
      };
    } // ports;

    nftables = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether `networking.nftables.ruleset` is loaded. The firewall's rules are nftables' in any case.";
      };
      ruleset = mkOption {
        type = types.lines;
        default = "";
        description = "Rules of nftables that are loaded along with those of the firewall.";
      };
      rulesetFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        example = lib.literalExpression "./rules.nft";
        description = "A file with rules of nftables that are loaded in addition to `ruleset`.";
      };
      flushRuleset = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether all rules in the kernel are removed before these are loaded, also those of other programs.";
      };
      tables = mkOption {
        type = types.attrsOf (
          types.submodule [
            {
              options = {
                enable = mkOption {
                  type = types.bool;
                  default = true;
                  description = "Whether the table is loaded.";
                };
                name = mkOption {
                  type = types.str;
                  description = "The table's name. Defaults to the attribute's name.";
                };
                content = mkOption {
                  type = types.lines;
                  description =
                    "The chains, sets and rules of the table, as nftables writes them between the braces.";
                };
                family = mkOption {
                  type = types.enum [ "ip" "ip6" "inet" "arp" "bridge" "netdev" ];
                  description =
                    "The address family of the table: `inet` is for both IPv4 and IPv6.";
                };
              };
            }
            ({ name, ... }: { name = lib.mkDefault name; })
          ]
        );
        default = { };
        description =
          "Tables of nftables by name. Each is replaced as a whole when it changes; others are left alone.";
      };
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.extraCommands == "" && cfg.extraStopCommands == "";
          message =
            "networking.firewall.extraCommands and extraStopCommands are not available: they are commands of iptables, but the firewall "
            + "uses nftables. Use networking.firewall.extraInputRules, or networking.nftables.tables.";
        }
      ];
    }
    (lib.mkIf cfg.enable {
      environment.systemPackages = [ cfg.package ] ++ cfg.extraPackages;
    })
    (lib.mkIf nft.enable {
      environment.systemPackages = [ pkgs.nftables ];
      boot.blacklistedKernelModules = [ "ip_tables" ];
    })
    (lib.mkIf needed {
      environment.etc."nftables.rules".text = text;
      environment.etc."nftables.closed".text = closed;
      systemd.services.nftables = {
        description = "Firewall";
        # These rules are in place before anything brings the network up.
        wantedBy = [ "sysinit.target" ];
        before = [ "systemd-networkd.service" "network-pre.target" "shutdown.target" ];
        wants = [ "network-pre.target" ];
        conflicts = [ "shutdown.target" ];
        restartTriggers = [ text ];
        reloadIfChanged = true;
        unitConfig.DefaultDependencies = false;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = load;
          ExecReload = "/usr/sbin/nft -f /etc/nftables.rules";
        };
      };
      systemd.services.systemd-networkd = {
        overrideStrategy = "asDropin";
        unitConfig.ConditionPathExists = "!/run/firewall-failed";
      };
    })
  ];
}
