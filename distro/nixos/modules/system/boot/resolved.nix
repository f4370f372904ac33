# systemd-resolved: names of hosts.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.resolved;
  inherit (import ../../../lib/formats { inherit lib; }) hosts systemd;

  # A setting of several words of an option; nothing without words.
  words =
    option: key: list:
    lib.optionalString (list != [ ]) (
      systemd.setting {
        inherit option;
        file = "resolved.conf";
      } key (lib.concatStringsSep " " list)
    );
in
{
  options.services.resolved = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether systemd-resolved resolves host names. On with systemd-networkd, which passes it the servers from DHCP.";
    };
    fallbackDns = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "8.8.8.8" ];
      description = "Servers to ask where none is known; null for systemd's own.";
    };
    domains = mkOption {
      type = types.listOf types.str;
      default = config.networking.search;
      defaultText = lib.literalExpression "config.networking.search";
      description = "Domains that are tried for short names.";
    };
    llmnr = mkOption {
      type = types.enum [ "true" "resolve" "false" ];
      default = "false";
      description =
        "Whether names are asked for, and the machine's own is given, by LLMNR. NixOS, which does "
        + "without systemd-resolved by default, has it on.";
    };
    dnssec = mkOption {
      type = types.enum [ "true" "allow-downgrade" "false" ];
      default = "false";
      description = "Whether signatures of names are checked.";
    };
    dnsovertls = mkOption {
      type = types.enum [ "true" "opportunistic" "false" ];
      default = "false";
      description = "Whether servers are asked over TLS.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of resolved.conf's [Resolve] section.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      system.basePackages = [ "systemd-resolved" ];

      environment.etc = {
        "systemd/resolved.conf".text =
          "[Resolve]\n"
          + words "networking.nameservers" "DNS" config.networking.nameservers
          + lib.optionalString (cfg.fallbackDns != null) (
            systemd.setting {
              option = "services.resolved.fallbackDns";
              file = "resolved.conf";
            } "FallbackDNS" (lib.concatStringsSep " " cfg.fallbackDns)
          )
          + words
            (
              if cfg.domains == config.networking.search then
                "networking.search"
              else
                "services.resolved.domains"
            )
            "Domains"
            cfg.domains
          + "LLMNR=${cfg.llmnr}\nMulticastDNS=false\nDNSSEC=${cfg.dnssec}\nDNSOverTLS=${cfg.dnsovertls}\n"
          + cfg.extraConfig;
        # Debian's own switch for multicast DNS, which would count more than these lines.
        "systemd/resolved.conf.d/00-disable-mdns.conf".source = "/dev/null";
        "resolv.conf".source = "/run/systemd/resolve/stub-resolv.conf";
      };

      # Asked through its own socket in nsswitch it would need a package more; the stub in resolv.conf serves every program.
      # What waits for the network gets it before; a login does not wait for it.
      systemd.lateUnits = [ "systemd-resolved.service" ];
      systemd.targets.network-online = {
        wants = [ "systemd-resolved.service" ];
        after = [ "systemd-resolved.service" ];
      };
      systemd.upstreamAliases."dbus-org.freedesktop.resolve1.service" = "systemd-resolved.service";
    })
    (lib.mkIf (!cfg.enable && config.networking.nameservers != [ ]) {
      environment.etc."resolv.conf".text =
        hosts.resolver {
          option = "networking.search";
          keyword = "search";
          words = config.networking.search;
        }
        + lib.concatMapStrings (
          n:
          hosts.resolver {
            option = "networking.nameservers";
            keyword = "nameserver";
            words = [ n ];
          }
        ) config.networking.nameservers;
    })
  ];
}
