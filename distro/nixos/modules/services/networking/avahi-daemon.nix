# Avahi: names and services of the local network by multicast DNS, without a server.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.services.avahi;
  inherit (import ../../../lib/formats { inherit lib; }) ini text;

  at = option: {
    option = "services.avahi.${option}";
    file = "avahi-daemon.conf";
  };
  # Words of a list between commas.
  words = option: list: lib.concatMapStringsSep "," (text.word (at option)) list;
  interfaces =
    option: list:
    if list == null then
      null
    else
      lib.concatMapStringsSep "," (text.interfaceName (at option)) list;
  orNull = value: if value == "" then null else value;

  conf = ini.writer {
    yes = "yes";
    no = "no";
  };
  # The options that a section's settings come from are named alike.
  sections = {
    server = {
      host-name = orNull (text.line (at "hostName") cfg.hostName);
      domain-name = orNull (text.line (at "domainName") cfg.domainName);
      browse-domains = orNull (words "browseDomains" cfg.browseDomains);
      use-ipv4 = cfg.ipv4;
      use-ipv6 = cfg.ipv6;
      allow-interfaces = interfaces "allowInterfaces" cfg.allowInterfaces;
      deny-interfaces = interfaces "denyInterfaces" cfg.denyInterfaces;
      allow-point-to-point = cfg.allowPointToPoint;
      cache-entries-max = cfg.cacheEntriesMax;
    };
    wide-area.enable-wide-area = cfg.wideArea;
    publish = {
      disable-publishing = !cfg.publish.enable;
      disable-user-service-publishing = !cfg.publish.userServices;
      publish-addresses = cfg.publish.userServices || cfg.publish.addresses;
      publish-hinfo = cfg.publish.hinfo;
      publish-workstation = cfg.publish.workstation;
      publish-domain = cfg.publish.domain;
    };
    reflector.enable-reflector = cfg.reflector;
  };
  # What users append belongs to the last section.
  configuration =
    conf.file (at "extraConfig") [ "server" "wide-area" "publish" "reflector" ] sections
    + cfg.extraConfig;

  lookup =
    if cfg.nssmdns4 && cfg.nssmdns6 then "mdns" else if cfg.nssmdns6 then "mdns6" else "mdns4";
  looksUp = cfg.nssmdns4 || cfg.nssmdns6;

  interfaceList =
    description:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "eth0" ];
      inherit description;
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "avahi" "interfaces" ]
      [ "services" "avahi" "allowInterfaces" ]
    )
    (lib.mkRenamedOptionModule [ "services" "avahi" "nssmdns" ] [ "services" "avahi" "nssmdns4" ])
  ];

  options.services.avahi = {
    enable =
      lib.mkEnableOption "Avahi, which finds and publishes names and services on the local network";
    package = lib.mkPackageOption pkgs "avahi" { };
    hostName = mkOption {
      type = types.str;
      default = config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description =
        "The name that is published; empty for the one that the machine has when Avahi starts.";
    };
    domainName = mkOption {
      type = types.str;
      default = "local";
      description = "The domain of what is published.";
    };
    browseDomains = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "example.org" ];
      description = "Further domains in which services are looked for.";
    };
    ipv4 = flag true "Whether IPv4 is used.";
    ipv6 = mkOption {
      type = types.bool;
      default = config.networking.enableIPv6;
      defaultText = lib.literalExpression "config.networking.enableIPv6";
      description = "Whether IPv6 is used.";
    };
    allowInterfaces =
      interfaceList
        "The network interfaces that are used; null for all but loopback and point-to-point ones.";
    denyInterfaces = interfaceList "Network interfaces that are never used.";
    openFirewall = flag true "Whether UDP port 5353 is open in the firewall.";
    allowPointToPoint = flag false "Whether point-to-point interfaces, such as tunnels, are used.";
    wideArea = flag false "Whether services are looked for by ordinary DNS as well.";
    reflector =
      flag false "Whether requests and replies are passed on between the machine's networks.";
    debug = flag false "Whether Avahi logs what it does.";
    extraServiceFiles = mkOption {
      type = types.attrsOf (types.either types.lines types.path);
      default = { };
      example = lib.literalExpression "{ ssh = ./ssh.service; }";
      description =
        "Services that are published: the text of a file as in avahi.service(5), or the file.";
    };
    publish = {
      enable = flag false "Whether anything is published.";
      userServices =
        flag false "Whether programs may publish services. Addresses are published then, too.";
      addresses = flag false "Whether the machine's addresses are published.";
      hinfo = flag false "Whether the operating system and the processor are published.";
      workstation = flag false "Whether the machine is published as a workstation.";
      domain = flag false "Whether the domain is published, for others to look in.";
    };
    nssmdns4 =
      flag false "Whether all programs find the IPv4 addresses of names that end in .local.";
    nssmdns6 =
      flag false "Whether all programs find the IPv6 addresses of names that end in .local.";
    cacheEntriesMax = mkOption {
      type = types.nullOr types.int;
      default = null;
      description =
        "How many records are kept for each interface; 0 keeps none, null leaves it to Avahi.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description =
        "Lines that are appended to avahi-daemon.conf. The last section is `reflector`.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];

    system.nssModules = lib.optional looksUp pkgs.nssmdns;
    system.nssDatabases.hosts = lib.mkIf looksUp (
      lib.mkMerge [
        (lib.mkOrder 999 [ "${lookup}_minimal [NOTFOUND=return]" ])
        (lib.mkOrder 1501 [ lookup ])
      ]
    );

    users.users.avahi = {
      description = "Avahi";
      isSystemUser = true;
      group = "avahi";
      home = "/run/avahi-daemon";
    };
    users.groups.avahi = { };
    # Its members may set the published name, by Avahi's policy of D-Bus.
    users.groups.netdev = { };

    environment.etc =
      {
        "avahi/avahi-daemon.conf".text = configuration;
      }
      // lib.mapAttrs' (
        name: service:
        lib.nameValuePair
          "avahi/services/${text.fileName (at "extraServiceFiles") name}.service"
          # The daemon has this directory as its root, and can follow no links out of it.
          ({ mode = "0444"; }
          // (if types.path.check service then { source = service; } else { text = service; }))
      ) cfg.extraServiceFiles;

    systemd.tmpfiles.rules = [ "d /run/avahi-daemon - avahi avahi -" ];
    systemd.sockets.avahi-daemon = {
      description = "Avahi";
      listenStreams = [ "/run/avahi-daemon/socket" ];
      wantedBy = [ "sockets.target" ];
      after = [ "systemd-tmpfiles-setup.service" ];
    };
    systemd.services.avahi-daemon = {
      description = "Avahi";
      wantedBy = [ "multi-user.target" ];
      requires = [ "avahi-daemon.socket" ];
      aliases = [ "dbus-org.freedesktop.Avahi.service" ];
      restartTriggers = [ configuration ] ++ lib.attrValues cfg.extraServiceFiles;
      serviceConfig = {
        Type = "dbus";
        BusName = "org.freedesktop.Avahi";
        NotifyAccess = "main";
        ExecStart =
          "${cfg.package}/bin/avahi-daemon --syslog${lib.optionalString cfg.debug " --debug"}";
        ExecReload = "${cfg.package}/bin/avahi-daemon --reload";
      };
    };

    networking.firewall.allowedUDPPorts = lib.optional cfg.openFirewall 5353;
  };
}
