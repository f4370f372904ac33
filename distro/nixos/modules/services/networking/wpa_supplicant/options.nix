# The options of networking.wireless.
{ config, lib, ... }:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag;
  inherit (import ../../../../lib/line-types.nix { inherit lib; }) secretMatching;
  cfg = config.networking.wireless;

  networkType = types.submodule (
    { name, ... }:
    {
      options = {
        ssid = mkOption {
          type = types.str;
          default = name;
          description = "The network's name (SSID). Defaults to the attribute's name.";
        };
        psk = mkOption {
          type = types.nullOr (
            secretMatching
              "[[:print:]]{8,63}"
              "anything but 8 to 63 printable characters"
              "the configuration of wpa_supplicant"
          );
          default = null;
          example = "a passphrase";
          description =
            "The passphrase. It is in the store, which everybody can read: use `pskRaw` and `secretsFile`.";
        };
        pskRaw = mkOption {
          type = types.nullOr (
            secretMatching
              "([[:xdigit:]]{64})|(ext:[^=[:space:][:cntrl:]]+)"
              "anything but `ext:NAME' or 64 hexadecimal digits"
              "the configuration of wpa_supplicant"
          );
          default = null;
          example = "ext:home_psk";
          description =
            "The name of the passphrase in `secretsFile`, as `ext:NAME`, or a key of 64 hexadecimal digits.";
        };
        authProtocols = mkOption {
          type = types.listOf (
            types.enum [
              "WPA-PSK"
              "WPA-EAP"
              "IEEE8021X"
              "NONE"
              "WPA-NONE"
              "FT-PSK"
              "FT-EAP"
              "FT-EAP-SHA384"
              "WPA-PSK-SHA256"
              "WPA-EAP-SHA256"
              "SAE"
              "FT-SAE"
              "WPA-EAP-SUITE-B"
              "WPA-EAP-SUITE-B-192"
              "OSEN"
              "FILS-SHA256"
              "FILS-SHA384"
              "FT-FILS-SHA256"
              "FT-FILS-SHA384"
              "OWE"
              "DPP"
            ]
          );
          default = [ "WPA-PSK" "WPA-EAP" "SAE" "FT-PSK" "FT-EAP" "FT-SAE" ];
          description = "The ways to log in to a network that has a passphrase or `auth`.";
        };
        auth = mkOption {
          type = types.nullOr types.lines;
          default = null;
          example = ''
            eap=PEAP
            identity="user@example.com"
            password=ext:example_password
          '';
          description =
            "Lines about the login, of which a value may be `ext:NAME`, as in wpa_supplicant.conf(5).";
        };
        bssid = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "02:00:00:00:00:01";
          description = "The MAC address of the only access point that is used.";
        };
        hidden = flag false "Whether the access points do not send the network's name.";
        priority = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Of several networks in reach, the one with the largest number is used.";
        };
        extraConfig = mkOption {
          type = types.str;
          default = "";
          example = "bssid_blacklist=02:11:22:33:44:55";
          description = "Further lines about the network.";
        };
      };
    }
  );
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "networking"
      "wireless"
      "environmentFile"
    ] "Use networking.wireless.secretsFile, and `ext:NAME' where @NAME@ was.")
  ];

  options.networking.wireless = {
    enable = lib.mkEnableOption "wpa_supplicant, which connects to wireless networks";
    interfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "wlan0" ];
      description = "The wireless interfaces; all that there are, if the list is empty.";
    };
    driver = mkOption {
      type = types.str;
      default = "nl80211,wext";
      description = "The drivers that are tried.";
    };
    allowAuxiliaryImperativeNetworks =
      flag false "Whether networks of /etc/wpa_supplicant.conf and of wpa_cli count, too.";
    dbusControlled = mkOption {
      type = types.bool;
      default = lib.length cfg.interfaces < 2;
      defaultText = lib.literalMD "unless there are several interfaces";
      description = "Whether other programs may use it by D-Bus. Only one of its processes can.";
    };
    scanOnLowSignal =
      flag true "Whether better access points are looked for while the signal is weak.";
    fallbackToWPA2 =
      flag true "Whether networks with WPA3 are used by WPA2, if a card does not know WPA3.";
    secretsFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/run/secrets/wireless.conf";
      description =
        "A file of the machine with lines NAME=VALUE: the secrets that `ext:NAME` stands for.";
    };
    networks = mkOption {
      type = types.attrsOf networkType;
      default = { };
      example = {
        home.pskRaw = "ext:home_psk";
        "open network" = { };
      };
      description =
        "The networks, by name. Without any, those of /etc/wpa_supplicant.conf are used.";
    };
    userControlled = {
      enable = flag false "Whether members of a group may use wpa_cli and wpa_gui.";
      group = mkOption {
        type = types.str;
        default = "wheel";
        example = "network";
        description = "The group.";
      };
    };
    extraConfig = mkOption {
      type = types.str;
      default = "";
      example = "p2p_disabled=1";
      description = "Lines to append to the configuration, as in wpa_supplicant.conf(5).";
    };
    extraConfigFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/run/secrets/wpa_supplicant.conf" ];
      description = "Further configuration files of the machine.";
    };
  };
}
