# wpa_supplicant, which connects to wireless networks. Addresses are systemd-networkd's.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf optional optionalString;
  cfg = config.networking.wireless;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  at = path: {
    option = lib.showOption ([ "networking" "wireless" ] ++ path);
    file = "the configuration of wpa_supplicant";
  };
  # An SSID may have any byte: what is not plain is written as P"...", with escapes.
  quoted =
    value:
    "P\"${builtins.replaceStrings [ "\\" "\"" "\n" "\t" ] [ "\\\\" "\\\"" "\\n" "\\t" ] value}\"";

  hasSAE = n: lib.any (p: p == "SAE" || p == "FT-SAE") n.authProtocols;
  withoutSAE =
    n:
    n
    // {
      authProtocols = lib.subtractLists [ "SAE" "FT-SAE" ] n.authProtocols;
      # The network with WPA3 comes first.
      priority = if n.priority == null then -1 else n.priority - 1;
    };
  isProtected = n: n.psk != null || n.pskRaw != null || n.auth != null;

  network =
    n:
    let
      here = path: at ([ "networks" n.ssid ] ++ path);
      line = path: key: value: "${key}=${text.line (here path) (toString value)}\n";
      lines =
        path: value:
        lib.concatMapStrings (l: "${text.line (here path) l}\n") (
          builtins.filter (l: l != "") (lib.splitString "\n" value)
        );
    in
    "network={\nssid=${quoted n.ssid}\n"
    + (
      if n.psk != null then
        "psk=\"${n.psk}\"\n"
      else if n.pskRaw != null then
        "psk=${n.pskRaw}\n"
      else
        optionalString (n.auth != null) (lines [ "auth" ] n.auth)
    )
    + "key_mgmt=${if isProtected n then toString n.authProtocols else "NONE"}\n"
    # Management frames are protected where the access point can do it.
    + optionalString (hasSAE n && isProtected n) "ieee80211w=1\n"
    + optionalString n.hidden "scan_ssid=1\n"
    + optionalString (n.bssid != null) (line [ "bssid" ] "bssid" n.bssid)
    + optionalString (n.priority != null) "priority=${toString n.priority}\n"
    + optionalString cfg.scanOnLowSignal "bgscan=\"simple:30:-70:3600\"\n"
    + lines [ "extraConfig" ] n.extraConfig
    + "}\n";
  networks = lib.concatMap (
    n:
    [ n ]
    ++ optional
      (cfg.fallbackToWPA2 && isProtected n && hasSAE n && (withoutSAE n).authProtocols != [ ])
      (withoutSAE n)
  ) (lib.attrValues cfg.networks);

  content =
    optionalString
      (cfg.userControlled.enable)
      "ctrl_interface=DIR=/run/wpa_supplicant GROUP=${text.word (at [ "userControlled" "group" ]) cfg.userControlled.group}\n"
    + optionalString cfg.allowAuxiliaryImperativeNetworks "update_config=1\n"
    + lib.concatMapStrings (l: "${text.line (at [ "extraConfig" ]) l}\n") (
      builtins.filter (l: l != "") (lib.splitString "\n" cfg.extraConfig)
    )
    + lib.concatMapStrings network networks;
  isGenerated = cfg.networks != { } || cfg.extraConfig != "" || cfg.userControlled.enable;

  # Debian's wpa_supplicant does not read secrets from files, so they are put in at start: ext:NAME is a value alone on its line.
  withSecrets = pkgs.writeText "with-secrets.pl" (
    builtins.readFile ./wpa_supplicant/with-secrets.pl
  );

  unitName = interface: "wpa_supplicant${optionalString (interface != null) "-${interface}"}";
  unit =
    interface:
    let
      name = unitName interface;
      made = "/run/${name}/nixos.conf";
      device =
        optional
          (interface != null)
          "sys-subsystem-net-devices-${utils.escapeSystemdPath interface}.device";
      files =
        optional (!isGenerated || cfg.allowAuxiliaryImperativeNetworks) "/etc/wpa_supplicant.conf"
        ++ optional isGenerated made
        ++ cfg.extraConfigFiles;
      options =
        "-s ${optionalString cfg.dbusControlled "-u "}-D ${escapeShellArg cfg.driver} -c ${escapeShellArg (lib.head files)}"
        + lib.concatMapStrings (file: " -I ${escapeShellArg file}") (lib.tail files);
    in
    lib.nameValuePair name {
      description = "Wireless networks${optionalString (interface != null) " of ${interface}"}";
      after = device ++ optional cfg.dbusControlled "dbus.service";
      before = [ "network.target" ];
      wants = [ "network.target" ];
      requires = device;
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.wpa_supplicant ];
      stopIfChanged = false;
      restartTriggers = [ content ];
      serviceConfig = {
        RuntimeDirectory = name;
        RuntimeDirectoryMode = "0700";
        Restart = "on-failure";
        RestartSec = 5;
      };
      script =
        optionalString (files != [ ] && lib.head files == "/etc/wpa_supplicant.conf") ''
          [ -e /etc/wpa_supplicant.conf ] || install -m 0600 /dev/null /etc/wpa_supplicant.conf
        ''
        + optionalString isGenerated ''
          umask 077
          /usr/bin/perl ${withSecrets} /etc/wpa_supplicant/nixos.conf ${
            optionalString (cfg.secretsFile != null) (escapeShellArg cfg.secretsFile)
          } > ${made}
        ''
        + (
          if interface != null then
            "exec wpa_supplicant -i ${escapeShellArg interface} ${options}\n"
          else
            ''
              # All wireless interfaces, of which there must be one.
              interfaces=
              for device in /sys/class/net/*; do
                if [ -e "$device/phy80211" ]; then
                  interfaces="$interfaces''${interfaces:+ -N }-i ''${device##*/} ${
                    builtins.replaceStrings [ "\\" "\"" "$" "`" ] [
                      "\\\\"
                      "\\\""
                      "\\$"
                      "\\`"
                    ] options
                  }"
                fi
              done
              if [ -z "$interfaces" ]; then
                echo "There is no wireless interface yet."
                exit 0
              fi
              eval "exec wpa_supplicant $interfaces"
            ''
        );
    };
in
{
  imports = [ ./wpa_supplicant/options.nix ];

  config = mkIf cfg.enable {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "networking.wireless.interfaces";
        }) cfg.interfaces
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (name: n: [
          {
            assertion = lib.length (builtins.filter (v: v != null) [ n.psk n.pskRaw n.auth ]) <= 1;
            message =
              "${(at [ "networks" name ]).option} has several of psk, pskRaw and auth. Keep one of them.";
          }
        ]) cfg.networks
      )
      ++ [
        {
          assertion = lib.length cfg.interfaces > 1 -> !cfg.dbusControlled;
          message =
            "networking.wireless.dbusControlled is true, but networking.wireless.interfaces has several interfaces, and only one process "
            + "can be controlled by D-Bus. Set it to false.";
        }
      ];

    environment.systemPackages = [ pkgs.wpa_supplicant ];
    environment.etc."wpa_supplicant/nixos.conf" = mkIf isGenerated {
      text = content;
      mode = "0600";
    };

    systemd.services = builtins.listToAttrs (
      map unit (if cfg.interfaces == [ ] then [ null ] else cfg.interfaces)
    );
    # Debian's unit of the same purpose is started by this name.
    systemd.upstreamAliases =
      mkIf (cfg.dbusControlled && !config.networking.networkmanager.enable) {
        "dbus-fi.w1.wpa_supplicant1.service" = "${unitName (if cfg.interfaces == [ ] then null else lib.head cfg.interfaces)}.service";
      };
    services.udev.extraRules = mkIf (cfg.interfaces == [ ]) ''
      ACTION=="add|remove", SUBSYSTEM=="net", ENV{DEVTYPE}=="wlan", RUN+="/usr/bin/systemctl --no-block restart wpa_supplicant.service"
    '';

    # Wireless interfaces get their addresses as others do.
    networking.networkdFiles = mkIf config.networking.useDHCP [
      (import ../../../lib/wireless-dhcp.nix)
    ];
  };
}
