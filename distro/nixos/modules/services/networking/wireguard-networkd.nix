# networking.wireguard with systemd-networkd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf optionalAttrs;
  cfg = config.networking.wireguard;
  inherit (import ./wireguard-types.nix { inherit lib; }) linkName word;

  option = name: path: lib.showOption ([ "networking" "wireguard" "interfaces" name ] ++ path);

  # networkd gets the keys as credentials: their files are root's. This is where systemd puts them.
  credential = name: part: "network.wireguard.${part}.40-${name}";
  credentialFile = name: part: "/run/credentials/systemd-networkd.service/${credential name part}";
  numbered = lib.imap0 (number: peer: peer // { inherit number; });

  refreshOf =
    i: p:
    if p.dynamicEndpointRefreshSeconds != 0 then
      p.dynamicEndpointRefreshSeconds
    else
      i.dynamicEndpointRefreshSeconds;
  refresh = i: lib.foldl' (a: p: lib.max a (refreshOf i p)) 0 i.peers;

  peerSection =
    name: p:
    {
      PublicKey = p.publicKey;
      AllowedIPs = map (word (option name [ "peers" "*" "allowedIPs" ])) p.allowedIPs;
    }
    // optionalAttrs (p.presharedKey != null) { PresharedKey = p.presharedKey; }
    // optionalAttrs (p.presharedKeyFile != null) {
      PresharedKeyFile = credentialFile name "psk.${toString p.number}";
    }
    // optionalAttrs (p.endpoint != null) { Endpoint = p.endpoint; }
    // optionalAttrs (p.persistentKeepalive != null) {
      PersistentKeepalive = p.persistentKeepalive;
    };

  network =
    name: i:
    let
      dev = linkName (option name [ ]) name;
    in
    {
      netdevs."40-${dev}" = {
        netdevConfig = {
          Name = dev;
          Kind = "wireguard";
        } // optionalAttrs (i.mtu != null) { MTUBytes = i.mtu; };
        wireguardConfig =
          optionalAttrs (i.privateKeyFile != null) {
            PrivateKeyFile = credentialFile name "private";
          }
          // optionalAttrs (i.privateKey != null) { PrivateKey = i.privateKey; }
          // optionalAttrs (i.listenPort != null) { ListenPort = i.listenPort; }
          // optionalAttrs (i.fwMark != null) { FirewallMark = i.fwMark; }
          // optionalAttrs (i.metric != null) { RouteMetric = i.metric; }
          // optionalAttrs i.allowedIPsAsRoutes { RouteTable = i.table; };
        wireguardPeers = map (peerSection name) (numbered i.peers);
      };
      networks."40-${dev}" = {
        matchConfig.Name = dev;
        address = map (word (option name [ "ips" ])) i.ips;
        # A tunnel has no carrier that a boot could wait for.
        linkConfig.RequiredForOnline = false;
      };
    };

  credentials =
    name: i:
    lib.optional (i.privateKeyFile != null) "${credential name "private"}:${i.privateKeyFile}"
    ++ map (p: "${credential name "psk.${toString p.number}"}:${p.presharedKeyFile}") (
      builtins.filter (p: p.presharedKeyFile != null) (numbered i.peers)
    );

  # networkd resolves the names of endpoints once.
  refreshUnit =
    name: i:
    lib.nameValuePair "wireguard-dynamic-refresh-${name}" {
      description = "Endpoints of the WireGuard tunnel ${name}";
      wantedBy = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = [ pkgs.wireguard-tools ];
      environment.WG_ENDPOINT_RESOLUTION_RETRIES = "infinity";
      serviceConfig = {
        Restart = "always";
        RestartSec = refresh i;
      };
      unitConfig.StartLimitIntervalSec = 0;
      script =
        lib.concatMapStrings (
          p:
          "wg set ${escapeShellArg name} peer ${escapeShellArg p.publicKey} endpoint ${escapeShellArg p.endpoint}\n"
        ) (builtins.filter (p: p.endpoint != null && refreshOf i p != 0) i.peers)
        + "exec sleep ${toString (refresh i)}\n";
    };

  # What networkd has no setting for.
  unsupported = name: i: [
    {
      what = "preSetup, postSetup, preShutdown and postShutdown";
      isSet = i.preSetup + i.postSetup + i.preShutdown + i.postShutdown != "";
    }
    {
      what = "socketNamespace and interfaceNamespace";
      isSet = i.socketNamespace != null || i.interfaceNamespace != null;
    }
    {
      what = "generatePrivateKeyFile";
      isSet = i.generatePrivateKeyFile;
    }
  ];
in
{
  config = mkIf (cfg.enable && cfg.useNetworkd && cfg.interfaces != { }) {
    assertions =
      # networkd takes the first, and leaves out the others.
      lib.concatLists
        (lib.mapAttrsToList (
          name: i:
          lib.mapAttrsToList
            (key: same: {
              assertion = false;
              message =
                "${option name [ "peers" ]} has ${toString (builtins.length same)} peers with the key ${key}. Keep one of them.";
            })
            (lib.filterAttrs (_: same: builtins.length same > 1) (
              builtins.groupBy (p: p.publicKey) i.peers
            ))
        ) cfg.interfaces)
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: i:
          map (u: {
            assertion = !u.isSet;
            message =
              "${option name [ ]}: systemd-networkd has no ${u.what}. Remove them, or set networking.wireguard.useNetworkd = false.";
          }) (unsupported name i)
        ) cfg.interfaces
      );
    networking.networkdFiles = lib.mapAttrsToList network cfg.interfaces;
    systemd.services =
      lib.mapAttrs' refreshUnit (lib.filterAttrs (_: i: refresh i != 0) cfg.interfaces)
      // {
        systemd-networkd = {
          overrideStrategy = "asDropin";
          serviceConfig.LoadCredential = lib.concatLists (
            lib.mapAttrsToList credentials cfg.interfaces
          );
        };
      };
  };
}
