# systemd-resolved: resolution of host names.
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

  # A setting made of several words; an empty list gives no line.
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
        "Whether systemd-resolved resolves host names. The `networking` options enable it; it gets the servers that DHCP "
        + "provides from systemd-networkd.";
    };
    fallbackDns = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "8.8.8.8" ];
      description =
        "DNS servers that are used if no others are known. If null, those that systemd was built with.";
    };
    domains = mkOption {
      type = types.listOf types.str;
      default = config.networking.search;
      defaultText = lib.literalExpression "config.networking.search";
      description = "Search domains, which are appended to host names without a dot.";
    };
    llmnr = mkOption {
      type = types.enum [ "true" "resolve" "false" ];
      default = "false";
      description =
        "Whether LLMNR is used on the local network: `true` looks up names and announces the machine's own, `resolve` "
        + "only looks up. NixOS has it on by default.";
    };
    dnssec = mkOption {
      type = types.enum [ "true" "allow-downgrade" "false" ];
      default = "false";
      description =
        "Whether replies are validated with DNSSEC. `allow-downgrade` accepts servers that don't support it.";
    };
    dnsovertls = mkOption {
      type = types.enum [ "true" "opportunistic" "false" ];
      default = "false";
      description =
        "Whether DNS queries are sent over TLS. `opportunistic` uses TLS where a server supports it.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "Cache=no";
      description =
        "Lines to append to the [Resolve] section of resolved.conf, as in resolved.conf(5).";
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
        # Debian's drop-in for multicast DNS, which would override these lines.
        "systemd/resolved.conf.d/00-disable-mdns.conf".source = "/dev/null";
        "resolv.conf".source = "/run/systemd/resolve/stub-resolv.conf";
      };

      # nsswitch would need another package to use resolved's socket; the stub server in resolv.conf serves every program. It starts
      # before the units that wait for the network, but a login does not wait for it.
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
