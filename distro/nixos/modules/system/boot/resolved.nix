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

  # A server on this machine, or one that NetworkManager is to ask before others, is asked first, and for all names.
  isLocal = config.networking.resolvconf.useLocalResolver;
  networkmanager = config.networking.networkmanager;
  isFirst = isLocal || networkmanager.enable && networkmanager.insertNameservers != [ ];
  nameservers = lib.optional isLocal "127.0.0.1" ++ config.networking.nameservers;
  domains = cfg.domains ++ lib.optional isFirst "~.";

  # The settings that the other options are for, in their order.
  ofOptions = [
    {
      key = "DNS";
      option = "networking.nameservers";
      value = nameservers;
    }
    {
      key = "FallbackDNS";
      option = "services.resolved.fallbackDns";
      # An empty list takes away the servers that systemd was built with.
      value = if cfg.fallbackDns == null then null else lib.concatStringsSep " " cfg.fallbackDns;
    }
    {
      key = "Domains";
      option =
        if cfg.domains == config.networking.search then
          "networking.search"
        else
          "services.resolved.domains";
      value = domains;
    }
  ];
  fixed = {
    LLMNR = cfg.llmnr;
    MulticastDNS = false;
    DNSSEC = cfg.dnssec;
    DNSOverTLS = cfg.dnsovertls;
  };
  given = cfg.settings.Resolve or { };
  other = removeAttrs cfg.settings [ "Resolve" ];
  line =
    option: key: value:
    lib.optionalString (value != null && value != [ ]) (
      systemd.setting
        {
          inherit option;
          file = "resolved.conf";
        }
        key
        (if lib.isList value then lib.concatStringsSep " " (map toString value) else value)
    );
  settingOption = key: "services.resolved.settings.Resolve.${key}";
  resolve =
    lib.concatMapStrings (
      o:
      if given ? ${o.key} then
        line (settingOption o.key) o.key given.${o.key}
      else
        line o.option o.key o.value
    ) ofOptions
    + lib.concatMapStrings (
      key:
      line (if given ? ${key} then settingOption key else "services.resolved") key (
        given.${key} or fixed.${key}
      )
    ) [ "LLMNR" "MulticastDNS" "DNSSEC" "DNSOverTLS" ]
    + lib.concatStrings (
      lib.mapAttrsToList (key: line (settingOption key) key) (
        removeAttrs given (map (o: o.key) ofOptions ++ lib.attrNames fixed)
      )
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
    settings = mkOption {
      type = types.attrsOf (
        types.attrsOf (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption
      );
      default = { };
      example = {
        Resolve.DNSOverTLS = "opportunistic";
      };
      description =
        "Sections of resolved.conf(5). What `settings.Resolve` has counts more than the other options; a list is a line of its words.";
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
          + resolve
          + cfg.extraConfig
          + lib.optionalString (other != { }) (
            "\n"
            + systemd.settingsToText {
              option = "services.resolved.settings";
              file = "resolved.conf";
            } other
          );
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
    (lib.mkIf (!cfg.enable && nameservers != [ ]) {
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
        ) nameservers;
    })
  ];
}
