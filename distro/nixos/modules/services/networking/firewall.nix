# The firewall: its options, and its rules of nftables. nftables.nix loads them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;

  rangeType = types.attrsOf types.port;
  portsOf =
    direction:
    let
      single =
        protocol: example:
        mkOption {
          type = types.listOf types.port;
          default = [ ];
          apply = list: lib.unique (lib.sort (a: b: a < b) list);
          inherit example;
          description = "${protocol} ports on which ${direction} is accepted.";
        };
      ranges =
        protocol: from: to:
        mkOption {
          type = types.listOf rangeType;
          default = [ ];
          example = [ { inherit from to; } ];
          description =
            "Ranges of ${protocol} ports on which ${direction} is accepted, both ends included.";
        };
    in
    {
      allowedTCPPorts = single "TCP" [ 22 80 ];
      allowedUDPPorts = single "UDP" [ 53 ];
      allowedTCPPortRanges = ranges "TCP" 8999 9003;
      allowedUDPPortRanges = ranges "UDP" 60000 61000;
    };
  ports = portsOf "what comes from outside";
  outgoingPorts = portsOf "what goes out";

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
  # The same for each interface, of the option that has them by name. `match' is iifname or oifname.
  openOn =
    path: match: interfaces:
    lib.concatStrings (
      lib.mapAttrsToList (
        name:
        open
          (lib.showOption (path ++ [ name ]))
          "${match} ${nftables.interface (lib.showOption path) name} "
      ) interfaces
    );
  trusted =
    option: match: interfaces:
    "    ${match} { ${lib.concatMapStringsSep ", " (nftables.interface option) ([ "lo" ] ++ interfaces)} } accept\n";

  refused =
    if cfg.rejectPackets then "    meta l4proto tcp reject with tcp reset\n    reject\n" else "";
  # What is written to the kernel log of what is refused; `outgoing' is a word before its name.
  logLine = what: "log level info prefix \"refused ${what}: \"\n";
  log =
    outgoing:
    lib.optionalString
      cfg.logRefusedConnections
      "    tcp flags & (fin | syn | rst | ack) == syn ${logLine "${outgoing}connection"}"
    + lib.optionalString cfg.logRefusedPackets (
      lib.optionalString (!cfg.logRefusedUnicastsOnly) (
        "    meta pkttype broadcast ${logLine "${outgoing}broadcast"}"
        + "    meta pkttype multicast ${logLine "${outgoing}multicast"}"
      )
      + "    meta pkttype host ${logLine "${outgoing}packet"}"
    );
  pings =
    types:
    lib.optionalString
      cfg.allowPing
      "    icmp type ${types} ${
        lib.optionalString
          (cfg.pingLimit != null)
          "limit rate ${nftables.words "networking.firewall.pingLimit" cfg.pingLimit} "
      }accept\n";

  output = lib.optionalString cfg.filterOutput.enabled ''
      chain output {
        type filter hook output priority filter; policy drop;
    ${
      trusted
        "networking.firewall.filterOutput.trustedInterfaces"
        "oifname"
        cfg.filterOutput.trustedInterfaces
    }    ct state vmap { invalid : drop, established : accept, related : accept, new : jump output-allow, untracked : jump output-allow }
    ${log "outgoing "}  }
      chain output-allow {
    ${open "networking.firewall.filterOutput" "" cfg.filterOutput}${
      openOn [
        "networking"
        "firewall"
        "filterOutput"
        "interfaces"
      ] "oifname" cfg.filterOutput.interfaces
    }${pings "{ echo-request, echo-reply }"}    meta l4proto icmpv6 accept
        ip6 daddr { fe80::/64, ff02::1:2 } udp dport 547 accept
    ${cfg.filterOutput.extraRules}
      }
  '';

  # Drops packets to whose source there is no route through the interface they arrived on or, with "loose", through any.
  reversePath = lib.optionalString (cfg.checkReversePath != false) ''
      chain rpfilter {
        type filter hook prerouting priority mangle + 10; policy drop;
        meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept
        fib saddr . mark ${lib.optionalString (cfg.checkReversePath != "loose") ". iif "}oif exists accept
    ${cfg.extraReversePathFilterRules}${lib.optionalString cfg.logReversePathDrops "\n    log level info prefix \"rpfilter drop: \""}
      }
  '';

  ruleset = ''
    table inet nixos-fw {
    ${reversePath}  chain input {
        type filter hook input priority filter; policy drop;
    ${
      trusted "networking.firewall.trustedInterfaces" "iifname" cfg.trustedInterfaces
    }    ct state vmap { invalid : drop, established : accept, related : accept, new : jump input-allow, untracked : jump input-allow }
    ${log ""}${refused}  }
      chain input-allow {
    ${
      open "networking.firewall" "" cfg
    }${
      openOn [ "networking" "firewall" "interfaces" ] "iifname" cfg.interfaces
    }${pings "echo-request"}    icmpv6 type != { nd-redirect, 139 } accept
        ip6 daddr fe80::/64 udp dport 546 accept
    ${cfg.extraInputRules}
      }
    ${output}${
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
in
{
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
      backend = mkOption {
        type = types.enum [ "iptables" "nftables" "firewalld" ];
        default = "nftables";
        description = "What the firewall's rules are made for. Only `nftables` is available.";
      };
      rules = mkOption {
        type = types.lines;
        internal = true;
        default = "";
        description = "The firewall's table of nftables.";
      };
      logRefusedConnections = mkOption {
        type = types.bool;
        default = false;
        description = "Whether refused TCP connections are written to the kernel log.";
      };
      logRefusedPackets = mkOption {
        type = types.bool;
        default = false;
        description = "Whether all refused packets are written to the kernel log.";
      };
      logRefusedUnicastsOnly = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether `logRefusedPackets` is only about packets for this machine, not those for many (broadcasts and multicasts).";
      };
      connectionTrackingModules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "ftp" "sip" "tftp" ];
        description =
          "Helpers for protocols that open further connections, which are loaded as kernel modules. A rule has to assign them to "
          + "connections (`ct helper set`).";
      };
      autoLoadConntrackHelpers = mkOption {
        type = types.bool;
        default = false;
        description = "Not available since Linux 6.0: helpers that the kernel chooses by itself.";
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
      filterOutput = {
        enabled = lib.mkEnableOption "a filter for what goes out of this machine";
        interfaces = mkOption {
          type = types.attrsOf (types.submodule { options = outgoingPorts; });
          default = { };
          example = { enp0s2.allowedTCPPorts = [ 443 ]; };
          description =
            "Ports that are open on single interfaces only, by the name of the interface.";
        };
        trustedInterfaces = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "enp0s2" ];
          description =
            "Interfaces on which everything may go out. The loopback interface always is one.";
        };
        extraRules = mkOption {
          type = types.lines;
          default = "";
          example = "oifname \"wg0\" accept";
          description =
            "Rules of nftables for what goes out, tried after those for the open ports.";
        };
      } // outgoingPorts;
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
  };

  config = {
    assertions = [
      {
        assertion = cfg.extraCommands == "" && cfg.extraStopCommands == "";
        message =
          "networking.firewall.extraCommands and extraStopCommands are not available: they are commands of iptables, but the firewall "
          + "uses nftables. Use networking.firewall.extraInputRules, or networking.nftables.tables.";
      }
      {
        assertion = cfg.backend == "nftables";
        message =
          "networking.firewall.backend is \"${cfg.backend}\", which is not available: the firewall uses nftables. Remove the setting.";
      }
      {
        assertion = !cfg.autoLoadConntrackHelpers;
        message =
          "networking.firewall.autoLoadConntrackHelpers is not available: since Linux 6.0 the kernel does not choose helpers by itself. "
          + "Assign them by a rule of networking.nftables.tables (`ct helper set`).";
      }
    ];
    networking.firewall.rules = lib.mkIf cfg.enable ruleset;
    environment.systemPackages = lib.mkIf cfg.enable ([ cfg.package ] ++ cfg.extraPackages);
    boot.kernelModules = lib.mkIf cfg.enable (
      map (name: "nf_conntrack_${name}") cfg.connectionTrackingModules
    );
  };
}
