# dnsmasq, a DNS forwarder and DHCP server for small networks.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkOption types;
  cfg = config.services.dnsmasq;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  # `true' is the name alone, and a list several lines.
  setting =
    name: value:
    let
      at = {
        option = lib.showOption [ "services" "dnsmasq" "settings" name ];
        file = "dnsmasq.conf";
      };
      key =
        text.restrict
          "[a-zA-Z0-9-]+"
          "anything but letters, digits and `-' in a setting's name"
          at
          name;
    in
    if value == null || value == false then
      ""
    else if value == true then
      "${key}\n"
    else if lib.isList value then
      lib.concatMapStrings (setting name) value
    else
      "${key}=${text.line at (toString value)}\n";
  content = settings: lib.concatStrings (lib.mapAttrsToList setting settings) + cfg.extraConfig;

  # systemd-resolved listens at 127.0.0.53, so not all addresses are free.
  settings =
    lib.optionalAttrs
      (
        config.services.resolved.enable
        && !(cfg.settings ? bind-interfaces)
        && !(cfg.settings ? bind-dynamic)
      )
      {
        bind-dynamic = true;
      }
    // cfg.settings;

  # Settings that name files of the machine, which is not there while building.
  readsFiles = [
    "addn-hosts"
    "conf-dir"
    "conf-file"
    "dhcp-hostsdir"
    "dhcp-hostsfile"
    "dhcp-optsdir"
    "dhcp-optsfile"
    "dhcp-script"
    "hostsdir"
    "resolv-file"
    "servers-file"
    "tftp-root"
  ];

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "dnsmasq" "servers" ]
      [ "services" "dnsmasq" "settings" "server" ]
    )
  ];

  options.services.dnsmasq = {
    enable = lib.mkEnableOption "dnsmasq, a DNS forwarder and DHCP server";
    package = lib.mkPackageOption pkgs "dnsmasq" { };
    resolveLocalQueries = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the machine itself resolves host names with it. It asks the servers that systemd-resolved knows, besides those of "
        + "`settings.server`.";
    };
    alwaysKeepRunning = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it is started again whenever it ends, and not only when it fails.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either atom (types.listOf atom));
        options.server = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "8.8.8.8" "/example.org/192.0.2.1" ];
          description = "The DNS servers that it asks.";
        };
      };
      default = { };
      example = {
        domain-needed = true;
        dhcp-range = [ "192.168.0.2,192.168.0.254" ];
      };
      description =
        "Options of dnsmasq(8) without the dashes. `true` is an option without a value, and a list is an option several times.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines to append to the configuration.";
    };
    configFile = mkOption {
      type = types.package;
      readOnly = true;
      default = checkedFile {
        name = "dnsmasq.conf";
        text = content settings;
        checked = content (removeAttrs settings readsFiles);
        packages = [ cfg.package ];
        option = "services.dnsmasq.settings";
        check = ''dnsmasq --test --conf-file="$file"'';
      };
      defaultText = lib.literalMD "the checked file";
      description = "The configuration file.";
    };
  };

  config = mkIf cfg.enable {
    services.dnsmasq.settings = {
      dhcp-leasefile = mkDefault "/var/lib/dnsmasq/dnsmasq.leases";
      # The servers that DHCP provides. dnsmasq leaves out its own address, which is among them.
      resolv-file = mkIf (cfg.resolveLocalQueries && config.services.resolved.enable) (
        mkDefault "/run/systemd/resolve/resolv.conf"
      );
    };
    networking.resolvconf.useLocalResolver = mkIf cfg.resolveLocalQueries (mkDefault true);

    services.dbus.packages = [ cfg.package ];
    users.users.dnsmasq = {
      description = "dnsmasq";
      isSystemUser = true;
      group = "dnsmasq";
    };
    users.groups.dnsmasq = { };
    systemd.tmpfiles.rules = [ "d /var/lib/dnsmasq 0755 dnsmasq dnsmasq -" ];

    systemd.services.dnsmasq = {
      description = "dnsmasq, a DNS forwarder and DHCP server";
      after = [ "network.target" "systemd-resolved.service" ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc.hosts.text ];
      # The whole configuration, with the files of the machine.
      preStart = "${cfg.package}/bin/dnsmasq --test --conf-file=${cfg.configFile}";
      serviceConfig = {
        Type = "dbus";
        BusName = "uk.org.thekelleys.dnsmasq";
        ExecStart =
          "${cfg.package}/bin/dnsmasq -k --enable-dbus --user=dnsmasq -C ${cfg.configFile}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        Restart = if cfg.alwaysKeepRunning then "always" else "on-failure";
        PrivateTmp = true;
        ProtectSystem = true;
        ProtectHome = true;
      };
    };
  };
}
