# NetworkManager, which configures the interfaces that systemd-networkd does not.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkDefault mkIf optionalAttrs;
  cfg = config.networking.networkmanager;
  inherit (import ./networkmanager/ini.nix { inherit lib; }) sections;
  inherit (import ../../../lib/formats { inherit lib; }) hosts text;
  resolved = config.services.resolved.enable;

  # The interfaces that systemd-networkd has.
  plain = name: builtins.match "[^*?!\\[[:space:]]+" name != null;
  networkdNames = lib.unique (
    map (i: i.name) (lib.attrValues config.networking.interfaces)
    ++ lib.concatMap
      (
        n:
        builtins.filter plain (
          lib.concatMap (lib.splitString " ") (
            map toString (lib.toList (n.matchConfig.Name or [ ]))
          )
        )
      )
      (builtins.filter (n: n.enable) (lib.attrValues config.systemd.network.networks))
  );
  usesNetworkd =
    config.networking.useDHCP
    || config.networking.interfaces != { }
    || config.systemd.network.networks != { }
    || config.systemd.network.netdevs != { };
  unmanaged = cfg.unmanaged ++ map (name: "interface-name:${name}") networkdNames;

  isFixed = address: address != "preserve";
  connection =
    optionalAttrs (isFixed cfg.ethernet.macAddress) {
      "ethernet.cloned-mac-address" = cfg.ethernet.macAddress;
    }
    // optionalAttrs (isFixed cfg.wifi.macAddress) {
      "wifi.cloned-mac-address" = cfg.wifi.macAddress;
    }
    // optionalAttrs (cfg.wifi.powersave != null) {
      "wifi.powersave" = if cfg.wifi.powersave then 3 else 2;
    };

  # Where /etc/resolv.conf is not resolved's, servers are added to what NetworkManager wrote.
  nameserver =
    name:
    lib.concatMapStrings (
      server:
      hosts.resolver {
        option = "networking.networkmanager.${name}";
        keyword = "nameserver";
        words = [ server ];
      }
    ) cfg.${name};
  addsServers = cfg.appendNameservers != [ ] || cfg.insertNameservers != [ ];
  serversScript = pkgs.writeShellScript "nameservers" ''
    new=$(mktemp /etc/resolv.conf.XXXXXX)
    {
      grep -v '^nameserver ' /etc/resolv.conf
      cat ${pkgs.writeText "first" (nameserver "insertNameservers")}
      grep '^nameserver ' /etc/resolv.conf | grep -vxFf ${
        pkgs.writeText "added" (nameserver "insertNameservers" + nameserver "appendNameservers")
      }
      cat ${pkgs.writeText "last" (nameserver "appendNameservers")}
    } > "$new"
    chmod 0644 "$new"
    mv "$new" /etc/resolv.conf
  '';

  folders = {
    basic = "";
    pre-up = "pre-up.d/";
    pre-down = "pre-down.d/";
  };
  script = source: {
    inherit source;
    mode = "0544";
  };
  scripts =
    builtins.listToAttrs (
      lib.imap1 (
        i: s:
        lib.nameValuePair
          "NetworkManager/dispatcher.d/${folders.${s.type}}03userscript${lib.fixedWidthNumber 4 i}"
          (script s.source)
      ) cfg.dispatcherScripts
    )
    // optionalAttrs (addsServers && !resolved) {
      "NetworkManager/dispatcher.d/02nameservers" = script serversScript;
    };
  # Packages that are not Debian's say which file of theirs NetworkManager needs.
  otherPlugins = builtins.listToAttrs (
    map
      (
        p:
        lib.nameValuePair "NetworkManager/${p.networkManagerPlugin}" {
          source = "${p}/lib/NetworkManager/${p.networkManagerPlugin}";
        }
      )
      (builtins.filter (p: !utils.isDebianPackage p && p ? networkManagerPlugin) cfg.plugins)
  );
in
{
  imports = [ ./networkmanager/options.nix ./networkmanager/profiles.nix ];

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = config.networking.wireless.enable -> cfg.unmanaged != [ ];
        message =
          "networking.networkmanager.enable and networking.wireless.enable are both set. Remove one of them, or give the interfaces of "
          + "networking.wireless to networking.networkmanager.unmanaged.";
      }
    ];

    networking.networkmanager = {
      settings = {
        main = {
          plugins = mkDefault "keyfile";
          dhcp = cfg.dhcp;
          dns = cfg.dns;
          rc-manager = mkIf (cfg.dns == "default" && !resolved) (
            mkDefault (if config.networking.nameservers == [ ] then "file" else "unmanaged")
          );
        };
        keyfile.unmanaged-devices = mkIf (unmanaged != [ ]) (lib.concatStringsSep ";" unmanaged);
        logging.level = cfg.logLevel;
        logging.audit = config.security.audit.enable or false == true;
        connection = cfg.connectionConfig;
        device = {
          "wifi.scan-rand-mac-address" = cfg.wifi.scanRandMacAddress;
          "wifi.backend" = cfg.wifi.backend;
        };
      };
      connectionConfig = connection;
      plugins = lib.optional cfg.enableStrongSwan pkgs.networkmanager_strongswan;
    };

    networking.useDHCP = false;
    networking.nameservers = mkIf resolved (cfg.insertNameservers ++ cfg.appendNameservers);
    networking.wireless.iwd.enable = mkIf (cfg.wifi.backend == "iwd") true;
    services.resolved.enable =
      mkIf
        (
          options.networking.networkmanager.dns.highestPrio < 1500
          && (cfg.dns == "default" || cfg.dns == "dnsmasq")
        )
        (lib.mkOverride 900 false);
    systemd.network.enable = mkIf (!usesNetworkd) (lib.mkOverride 900 false);

    environment.systemPackages =
      [ cfg.package ]
      ++ cfg.plugins
      ++ lib.optional (cfg.wifi.backend == "wpa_supplicant") pkgs.wpa_supplicant
      ++ lib.optional (cfg.dns == "dnsmasq") pkgs.debianPackages.dnsmasq-base
      ++ lib.optional (cfg.dhcp == "dhcpcd") pkgs.debianPackages.dhcpcd-base;
    environment.etc =
      {
        "NetworkManager/NetworkManager.conf".text = sections [
          "networking"
          "networkmanager"
          "settings"
        ] cfg.settings;
      }
      // scripts
      // otherPlugins;

    users.groups = {
      networkmanager = { };
      # Debian's unit of wpa_supplicant has it.
      netdev = { };
      nm-openvpn = { };
    };
    users.users = {
      nm-openvpn = {
        isSystemUser = true;
        group = "nm-openvpn";
      };
      nm-iodine = {
        isSystemUser = true;
        group = "networkmanager";
      };
    };
    security.polkit.extraConfig = ''
      polkit.addRule(function(action, subject) {
        if (subject.isInGroup("networkmanager")
            && (action.id.indexOf("org.freedesktop.NetworkManager.") == 0
                || action.id.indexOf("org.freedesktop.ModemManager") == 0)) {
          return polkit.Result.YES;
        }
      });
    '';
    systemd.tmpfiles.rules = [
      "d /etc/NetworkManager/system-connections 0700 root root -"
      "d /var/lib/NetworkManager 0700 root root -"
      "d /var/lib/misc 0755 root root -"
    ];

    systemd.services = {
      NetworkManager = {
        overrideStrategy = "asDropin";
        wantedBy = [ "multi-user.target" ];
        restartTriggers = [ config.environment.etc."NetworkManager/NetworkManager.conf".text ];
      };
      NetworkManager-wait-online = {
        overrideStrategy = "asDropin";
        wantedBy = [ "network-online.target" ];
      };
    };
    # Debian's units, which D-Bus starts by these names.
    systemd.upstreamAliases =
      {
        "dbus-org.freedesktop.nm-dispatcher.service" = "NetworkManager-dispatcher.service";
      }
      // optionalAttrs (cfg.wifi.backend == "wpa_supplicant") {
        "dbus-fi.w1.wpa_supplicant1.service" = "wpa_supplicant.service";
      };
  };
}
