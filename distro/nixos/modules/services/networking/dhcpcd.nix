# dhcpcd: another client of DHCP than systemd-networkd, which configures the network here.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption optionalString types;
  cfg = config.networking.dhcpcd;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  names =
    option: list:
    lib.concatMapStringsSep
      " "
      (text.word {
        option = "networking.dhcpcd.${option}";
        file = "dhcpcd.conf";
      })
      list;
  # Interfaces that have static addresses, or are not to have others.
  isStatic =
    i:
    i.useDHCP == false
    || i.useDHCP == null && (i.ipv4.addresses != [ ] || !config.networking.useDHCP);
  denied =
    map (i: i.name) (builtins.filter isStatic (lib.attrValues config.networking.interfaces))
    ++ config.networking.memberInterfaces
    ++ [ "lo" "peth*" "vif*" "tap*" "tun*" "virbr*" "vnet*" "vboxnet*" "sit*" "wg*" ]
    ++ cfg.denyInterfaces;
  allowed =
    if cfg.allowInterfaces != null then
      cfg.allowInterfaces
    else if config.networking.useDHCP then
      null
    else
      map (i: i.name) (
        builtins.filter (i: i.useDHCP == true) (lib.attrValues config.networking.interfaces)
      );
  wait = {
    background = "-b";
    any = "-w";
    ipv4 = "-w";
    ipv6 = "-w";
    both = "-w";
    if-carrier-up = "";
  };
  content =
    "duid\nvendorclassid\noption domain_name_servers, domain_name, domain_search\n"
    + "option classless_static_routes, ntp_servers, interface_mtu\nnooption rapid_commit\n"
    + optionalString cfg.setHostname "option host_name\n"
    + optionalString cfg.persistent "persistent\n"
    + "denyinterfaces ${names "denyInterfaces" denied}\n"
    + optionalString (allowed != null) "allowinterfaces ${names "allowInterfaces" allowed}\n"
    + optionalString (cfg.IPv6rs == true) "ipv6rs\n"
    + optionalString (cfg.IPv6rs == false || !config.networking.enableIPv6) "noipv6rs\n"
    + optionalString (!config.networking.enableIPv6) "noipv6\n"
    + optionalString (cfg.wait == "ipv4" || cfg.wait == "both") "waitip 4\n"
    + optionalString (cfg.wait == "ipv6" || cfg.wait == "both") "waitip 6\n"
    + cfg.extraConfig;
in
{
  options.networking.dhcpcd = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether interfaces get their addresses by dhcpcd instead of systemd-networkd. On NixOS it is on by default.";
    };
    persistent = mkOption {
      type = types.bool;
      default = false;
      description = "Whether interfaces keep their addresses when dhcpcd ends.";
    };
    setHostname = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the machine takes its host name from the server, if `networking.hostName` is empty.";
    };
    denyInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "veth*" ];
      description = "Interfaces that dhcpcd leaves alone, as patterns.";
    };
    allowInterfaces = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "eth*" ];
      description =
        "The interfaces that it has, as patterns; null for all that `networking.useDHCP` is for.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines to append to dhcpcd.conf(5).";
    };
    IPv6rs = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description =
        "Whether dhcpcd itself asks routers for addresses of IPv6; null for its default.";
    };
    runHook = mkOption {
      type = types.lines;
      default = "";
      example = "if [ \"$reason\" = BOUND ]; then logger up; fi";
      description = "Commands of a shell for dhcpcd's events, as in dhcpcd-run-hooks(8).";
    };
    wait = mkOption {
      type = types.enum [ "any" "ipv4" "ipv6" "both" "if-carrier-up" "background" ];
      default = "any";
      description = "What the start of the unit waits for.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ pkgs.debianPackages.dhcpcd-base ];
    environment.etc."dhcpcd.conf".text = content;
    # Without an interface of its own, networkd would wait in vain.
    systemd.network.wait-online.enable = lib.mkDefault (
      lib.any (i: i.ipv4.addresses != [ ]) (lib.attrValues config.networking.interfaces)
    );
    environment.etc."dhcpcd.exit-hook".text = cfg.runHook;
    users.groups.dhcpcd = { };
    # The name that Debian's program runs as.
    users.users.dhcpcd = {
      isSystemUser = true;
      group = "dhcpcd";
      home = "/usr/lib/dhcpcd";
    };
    systemd.services.dhcpcd = {
      description = "dhcpcd, a client of DHCP";
      wantedBy = [ "multi-user.target" "network-online.target" ];
      wants = [ "network.target" ];
      before = [ "network-online.target" ];
      after = [ "network-pre.target" ];
      stopIfChanged = false;
      restartTriggers = [ content ];
      unitConfig.ConditionCapability = "CAP_NET_ADMIN";
      serviceConfig = {
        Type = "forking";
        PIDFile = "/run/dhcpcd/pid";
        ExecStart = "/usr/sbin/dhcpcd -q ${wait.${cfg.wait}} -f /etc/dhcpcd.conf";
        ExecReload = "/usr/sbin/dhcpcd --rebind";
        Restart = "always";
        RuntimeDirectory = "dhcpcd";
        StateDirectory = "dhcpcd";
      };
    };
  };
}
