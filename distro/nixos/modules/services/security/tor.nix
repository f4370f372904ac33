# Tor: a client, a relay, and onion services.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkMerge optional;
  cfg = config.services.tor;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  inherit (import ./tor/torrc.nix { inherit lib; }) lines;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  stateDir = "/var/lib/tor";

  onionFolder = name: onion: if onion.path != null then onion.path else "${stateDir}/onion/${name}";
  port =
    p:
    if builtins.isInt p then
      toString p
    else
      "${
        toString p.port
      }${
        lib.optionalString (p.target != null) (
          " ${
            if p.target.unix != null then
              "unix:${p.target.unix}"
            else if p.target.addr != null then
              "${p.target.addr}${lib.optionalString (p.target.port != null) ":${toString p.target.port}"}"
            else
              toString p.target.port
          }"
        )
      }";
  # Each onion service begins with its folder, to which what follows belongs.
  onionLines =
    name: onion:
    lines [ "services" "tor" "relay" "onionServices" name ] ([
      {
        HiddenServiceDir = onionFolder name onion;
      }
      {
        HiddenServiceVersion = onion.version;
        HiddenServicePort = map port (onion.map ++ onion.settings.HiddenServicePort or [ ]);
      }
      (removeAttrs onion.settings [ "HiddenServicePort" ])
    ]);

  content =
    lines [ "services" "tor" "settings" ] [ cfg.settings ]
    + lib.concatStrings (lib.mapAttrsToList onionLines cfg.relay.onionServices);
  file = import ../../../lib/checked-etc.nix { inherit lib; } content checkedTorrc;
  checkedTorrc = checkedFile {
    name = "torrc";
    text = content;
    # The machine's folders and user are not there while building.
    checked =
      lines
        [ "services" "tor" "settings" ]
        [
          (
            removeAttrs cfg.settings [
              "ControlSocket"
              "CacheDirectory"
              "ClientOnionAuthDir"
              "User"
              "GeoIPFile"
              "GeoIPv6File"
            ]
            // {
              DataDirectory = "/build/data";
            }
          )
        ]
      + lib.concatStrings (
        lib.mapAttrsToList (
          name: onion: onionLines name (onion // { path = "/build/data/${name}"; })
        ) cfg.relay.onionServices
      );
    packages = [ cfg.package ];
    option = "services.tor";
    check =
      ''sed -i "s|/build/data|$PWD/data|" "$file" && mkdir -m 0700 data && tor --verify-config --hush -f "$file"'';
  };

  isPrivateRole = role: role == "bridge" || role == "private-bridge";
  mode = onion: if onion.authorizedClients != [ ] then "clients" else "all";
  # Keys that clients must have, and the machine's own for onion services of others, from files of the machine.
  onionSetup =
    name: onion:
    let
      folder = lib.escapeShellArg (onionFolder name onion);
    in
    ''
      install -d -o tor -g tor -m 0700 ${folder}
    ''
    + lib.optionalString (onion.secretKey != null) ''
      install -o tor -g tor -m 0400 ${lib.escapeShellArg onion.secretKey} ${folder}/hs_ed25519_secret_key
    ''
    + lib.optionalString (mode onion == "clients") (
      ''
        install -d -o tor -g tor -m 0700 ${folder}/authorized_clients
        rm -f ${folder}/authorized_clients/nixos-*.auth
      ''
      + lib.concatStrings (
        lib.imap0 (i: client: ''
          printf '%s\n' ${lib.escapeShellArg client} > ${folder}/authorized_clients/nixos-${toString i}.auth
          chown tor:tor ${folder}/authorized_clients/nixos-${toString i}.auth
        '') onion.authorizedClients
      )
    );
  clientSetup = lib.concatStrings (
    lib.mapAttrsToList (
      name: onion:
      lib.concatStrings (
        lib.imap0 (i: key: ''
          install -o tor -g tor -m 0400 ${
            lib.escapeShellArg key
          } ${stateDir}/onion-auth/${lib.escapeShellArg name}-${toString i}.auth_private
        '') onion.clientAuthorizations
      )
    ) cfg.client.onionServices
  );
in
{
  imports = [ ./tor/options.nix ];

  config = mkIf cfg.enable {
    services.tor.settings = mkMerge [
      {
        DataDirectory = stateDir;
        User = "tor";
        GeoIPFile = mkIf cfg.enableGeoIP "/usr/share/tor/geoip";
        GeoIPv6File = mkIf cfg.enableGeoIP "/usr/share/tor/geoip6";
        CookieAuthentication = mkDefault cfg.controlSocket.enable;
        ControlSocket = mkIf cfg.controlSocket.enable [
          "/run/tor/control GroupWritable RelaxDirModeCheck"
        ];
        SOCKSPort = mkIf (!cfg.client.enable) (mkDefault [ 0 ]);
      }
      (mkIf cfg.client.enable {
        SOCKSPort = [ cfg.client.socksListenAddress ];
        ClientOnionAuthDir = mkIf (cfg.client.onionServices != { }) "${stateDir}/onion-auth";
      })
      (mkIf (cfg.client.enable && cfg.client.transparentProxy.enable) {
        TransPort = [ "127.0.0.1:9040" ];
      })
      (mkIf (cfg.client.enable && cfg.client.dns.enable) {
        DNSPort = [ "127.0.0.1:9053" ];
        AutomapHostsOnResolve = true;
      })
      (mkIf (cfg.client.enable && (cfg.client.transparentProxy.enable || cfg.client.dns.enable)) {
        VirtualAddrNetworkIPv4 = mkDefault "10.192.0.0/10";
        AutomapHostsSuffixes = mkDefault [ ".onion" ".exit" ];
      })
      (mkIf cfg.relay.enable {
        BridgeRelay = isPrivateRole cfg.relay.role;
        ExitRelay = cfg.relay.role == "exit";
        ExitPolicy = mkIf (cfg.relay.role != "exit") (mkDefault [ "reject *:*" ]);
        PublishServerDescriptor = mkIf (cfg.relay.role == "private-bridge") (mkDefault "0");
      })
    ];

    assertions = [
      {
        assertion = cfg.relay.enable -> cfg.settings ? ORPort;
        message =
          "services.tor.relay.enable needs services.tor.settings.ORPort, the port of the relay. Set it.";
      }
    ];

    networking.firewall.allowedTCPPorts = mkIf cfg.openFirewall (
      builtins.filter (p: builtins.isInt p && p > 0) (
        lib.concatMap (name: lib.toList (cfg.settings.${name} or [ ])) [ "ORPort" "DirPort" ]
      )
    );
    environment.systemPackages =
      [ cfg.package ]
      ++ optional cfg.enableGeoIP pkgs.debianPackages.tor-geoipdb
      ++ optional cfg.torsocks.enable pkgs.torsocks;
    environment.etc."tor/torrc" = file;
    environment.etc."tor/torsocks.conf" = mkIf cfg.torsocks.enable {
      text =
        let
          parts = lib.splitString ":" cfg.torsocks.server;
          word = text.word {
            option = "services.tor.torsocks";
            file = "torsocks.conf";
          };
        in
        "TorAddress ${word (lib.concatStringsSep ":" (lib.init parts))}\nTorPort ${word (lib.last parts)}\n"
        + "OnionAddrRange ${word cfg.torsocks.onionAddrRange}\n"
        + lib.optionalString
          (cfg.torsocks.socks5Username != null)
          "SOCKS5Username ${word cfg.torsocks.socks5Username}\n"
        + lib.optionalString
          (cfg.torsocks.socks5Password != null)
          "SOCKS5Password ${word cfg.torsocks.socks5Password}\n"
        + "AllowInbound ${if cfg.torsocks.allowInbound then "1" else "0"}\n";
    };
    users.groups.tor = { };
    users.users.tor = {
      description = "Tor";
      isSystemUser = true;
      group = "tor";
      home = stateDir;
    };
    # Debian's generator starts its own instance with `tor.service'.
    systemd.generators.tor-generator = "/dev/null";
    systemd.services.tor = {
      description = "Tor";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      restartTriggers = [ content ];
      serviceConfig = {
        Type = "notify";
        # As root, which reads keys of the machine. Tor wants its folders to be its user's.
        ExecStartPre = "+${
          pkgs.writeShellScript "tor-keys" (
            "set -e\ninstall -d -o tor -g tor -m 0700 ${stateDir} ${stateDir}/onion ${stateDir}/onion-auth\n"
            + "install -d -o tor -g tor -m 0710 /run/tor\n"
            + lib.concatStrings (lib.mapAttrsToList onionSetup cfg.relay.onionServices)
            + clientSetup
          )
        }";
        ExecStart = "${cfg.package}/bin/tor -f /etc/tor/torrc --RunAsDaemon 0";
        ExecReload = "/bin/kill -HUP $MAINPID";
        KillSignal = "SIGINT";
        TimeoutSec = 60;
        Restart = "on-failure";
        LimitNOFILE = 32768;
        ConfigurationDirectory = "tor";
        NoNewPrivileges = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHome = true;
        ProtectSystem = "full";
      };
    };
  };
}
