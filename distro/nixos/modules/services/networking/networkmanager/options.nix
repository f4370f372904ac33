# The options of NetworkManager.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.networking.networkmanager;

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
  section = types.attrsOf atom;

  macAddress =
    extra:
    mkOption {
      type = types.either (types.strMatching "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}") (
        types.enum ([ "permanent" "preserve" "random" "stable" ] ++ extra)
      );
      default = "preserve";
      example = "00:11:22:33:44:55";
      description =
        "The MAC address of the interfaces: that of the card (`permanent`), the one that they have, another one each time or one for "
        + "each network (`stable`), or one that is given.";
    };
  servers =
    where:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "192.0.2.53" ];
      description = "DNS servers that are asked ${where} those that NetworkManager learns of.";
    };
  removed = name: lib.mkRemovedOptionModule [ "networking" "networkmanager" name ];
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "networking" "networkmanager" "packages" ]
      [ "networking" "networkmanager" "plugins" ]
    )
    (lib.mkRenamedOptionModule
      [ "networking" "networkmanager" "fccUnlockScripts" ]
      [ "networking" "modemmanager" "fccUnlockScripts" ]
    )
    (removed "useDnsmasq" "Use networking.networkmanager.dns = \"dnsmasq\".")
    (removed "extraConfig" "Use networking.networkmanager.settings.")
    (removed "enableFccUnlock" "Use networking.modemmanager.fccUnlockScripts.")
    (removed "firewallBackend" "Remove it: NetworkManager uses nftables.")
  ];

  options.networking.networkmanager = {
    enable = lib.mkEnableOption (
      "NetworkManager for all interfaces that are not configured otherwise. Members of the group `networkmanager` may change its "
      + "settings"
    );
    package = lib.mkPackageOption pkgs "networkmanager" { };
    connectionConfig = mkOption {
      type = section;
      default = { };
      example = {
        "ipv6.ip6-privacy" = 2;
      };
      description =
        "Settings of all connections: the section [connection] of NetworkManager.conf(5).";
    };
    settings = mkOption {
      type = types.attrsOf section;
      default = { };
      example = {
        main.no-auto-default = "*";
      };
      description = "Sections of NetworkManager.conf(5).";
    };
    unmanaged = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "interface-name:wg0" "mac:00:22:68:1c:59:b1" "type:bridge" ];
      description =
        "Interfaces that NetworkManager leaves alone, as \"Device List Format\" in NetworkManager.conf(5) has it, besides those of "
        + "`networking.interfaces` and `systemd.network.networks`.";
    };
    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.networkmanager-openvpn ]";
      description = "Packages of further kinds of connections, such as VPNs.";
    };
    dhcp = mkOption {
      type = types.enum [ "dhcpcd" "internal" ];
      default = "internal";
      description = "The client of DHCP: NetworkManager's own, or the program dhcpcd.";
    };
    logLevel = mkOption {
      type = types.enum [ "OFF" "ERR" "WARN" "INFO" "DEBUG" "TRACE" ];
      default = "WARN";
      description = "Which messages are logged.";
    };
    appendNameservers = servers "after";
    insertNameservers = servers "before";
    ethernet.macAddress = macAddress [ ];
    wifi = {
      macAddress = macAddress [ "stable-ssid" ];
      backend = mkOption {
        type = types.enum [ "wpa_supplicant" "iwd" ];
        default = "wpa_supplicant";
        description = "The program that connects to wireless networks.";
      };
      powersave = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Whether wireless cards save power; null for what the driver does.";
      };
      scanRandMacAddress = mkOption {
        type = types.bool;
        default = true;
        description = "Whether networks are looked for with another MAC address each time.";
      };
    };
    dns = mkOption {
      type = types.nullOr (types.enum [ "default" "dnsmasq" "systemd-resolved" "none" ]);
      # Whether systemd-resolved is on depends on what is set here.
      default = null;
      apply =
        dns:
        if dns != null then
          dns
        else if config.services.resolved.enable then
          "systemd-resolved"
        else
          "default";
      defaultText = lib.literalMD "`systemd-resolved`, or `default` where that is off";
      description =
        "How DNS servers are used that NetworkManager learns of: it writes /etc/resolv.conf (`default`), runs dnsmasq, gives them to "
        + "systemd-resolved, or does nothing. With the first two systemd-resolved is off.";
    };
    dispatcherScripts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            source = mkOption {
              type = types.path;
              description = "The script. It gets the interface and the event as arguments.";
            };
            type = mkOption {
              type = types.enum [ "basic" "pre-up" "pre-down" ];
              default = "basic";
              description = "Whether it runs on all events, or before an interface is up or down.";
            };
          };
        }
      );
      default = [ ];
      example =
        lib.literalExpression
          ''[ { source = pkgs.writeShellScript "up" "logger \"$1 is $2\""; } ]'';
      description = "Scripts that are run on events, as in NetworkManager-dispatcher(8).";
    };
    enableStrongSwan = lib.mkEnableOption "connections of IPsec by strongSwan";
    ensureProfiles = {
      profiles = mkOption {
        type = types.attrsOf (
          types.submodule {
            freeformType = types.attrsOf section;
            options.connection = mkOption {
              type = types.submodule {
                freeformType = section;
                options = {
                  id = mkOption {
                    type = types.str;
                    description =
                      "The connection's name. NetworkManager's is the one that users see.";
                  };
                  type = mkOption {
                    type = types.str;
                    example = "wifi";
                    description = "The connection's kind.";
                  };
                };
              };
              description = "The section [connection].";
            };
          }
        );
        default = { };
        example = {
          home = {
            connection = {
              id = "home";
              type = "wifi";
            };
            wifi.ssid = "Home";
            wifi-security = {
              key-mgmt = "wpa-psk";
              psk = "$HOME_PSK";
            };
          };
        };
        description =
          "Connections that there are always, as nm-settings-keyfile(5) has them. `$NAME` and `\${NAME}` are variables of "
          + "`environmentFiles`.";
      };
      environmentFiles = mkOption {
        type = types.listOf lineTypes.machineFile;
        default = [ ];
        example = [ "/run/secrets/networks.env" ];
        description = "Files of the machine with the variables of the profiles, such as passwords.";
      };
      secrets = {
        package = mkOption {
          type = types.nullOr types.package;
          default = null;
          description = "The package nm-file-secret-agent, which Debian does not have.";
        };
        entries = mkOption {
          type = types.listOf (
            types.submodule {
              options =
                lib.mapAttrs
                  (
                    _: description:
                    mkOption {
                      type = types.nullOr types.str;
                      default = null;
                      inherit description;
                    }
                  )
                  {
                    matchId = "The connection's id; null for any.";
                    matchUuid = "The connection's UUID; null for any.";
                    matchType = "The connection's kind; null for any.";
                    matchIface = "The connection's interface; null for any.";
                    matchSetting = "The section of the secret; null for any.";
                  }
                // {
                  key = mkOption {
                    type = types.str;
                    example = "psk";
                    description = "The setting whose value is secret.";
                  };
                  file = mkOption {
                    type = types.str;
                    example = "/run/secrets/psk";
                    description = "The file of the machine with the value.";
                  };
                  trim = mkOption {
                    type = types.bool;
                    default = true;
                    description = "Whether blanks at both ends do not count.";
                  };
                };
            }
          );
          default = [ ];
          description =
            "Secrets of connections that a program reads from files when they are needed.";
        };
      };
    };
  };
}
