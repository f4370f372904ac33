# networking.wireguard: tunnels of WireGuard that units set up with ip(8) and wg(8), a unit for each interface and each peer. With
# `useNetworkd' they are systemd-networkd's, see wireguard-networkd.nix.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf mkOption optional optionalString types;
  cfg = config.networking.wireguard;
  inherit (import ./wireguard-types.nix { inherit lib; })
    interfaceType
    linkName
    makeKey
    networkAssertions
    ;

  interfaces = lib.filterAttrs (_: i: i.type == "wireguard") cfg.interfaces;
  option = name: path: lib.showOption ([ "networking" "wireguard" "interfaces" name ] ++ path);

  # A command in the namespace of the interface: `before' it is moved, or where it is then.
  within =
    namespace: command:
    if namespace == null || namespace == "init" then
      command
    else
      "ip netns exec ${escapeShellArg namespace} ${command}";
  moved = i: if i.interfaceNamespace != null then i.interfaceNamespace else i.socketNamespace;
  isMoved = i: i.interfaceNamespace != null && i.interfaceNamespace != i.socketNamespace;

  keyFile =
    i:
    if i.privateKeyFile != null then
      escapeShellArg i.privateKeyFile
    else
      "<(printf '%s\\n' ${escapeShellArg i.privateKey})";

  interfaceUnit =
    name: i:
    let
      dev = escapeShellArg (linkName (option name [ ]) name);
      ip = within (moved i) "ip";
    in
    lib.nameValuePair "wireguard-${name}" {
      description = "WireGuard tunnel ${name}";
      after = [ "network-pre.target" ];
      wants = [ "network.target" ];
      before = [ "network.target" ];
      environment.DEVICE = name;
      path = [ pkgs.kmod pkgs.iproute2 pkgs.wireguard-tools ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script =
        i.preSetup
        + "\nmodprobe wireguard || true\n"
        + "${within i.socketNamespace "ip"} link add dev ${dev} type wireguard\n"
        + optionalString (i.mtu != null) (
          "${within i.socketNamespace "ip"} link set ${dev} mtu ${toString i.mtu}\n"
        )
        + optionalString (isMoved i) (
          "${
            within i.socketNamespace "ip"
          } link set ${dev} netns ${if i.interfaceNamespace == "init" then "1" else escapeShellArg i.interfaceNamespace}\n"
        )
        + lib.concatMapStrings (
          address: "${ip} address add ${escapeShellArg address} dev ${dev}\n"
        ) i.ips
        + "${within (moved i) "wg"} set ${dev} private-key ${keyFile i}"
        + optionalString (i.listenPort != null) " listen-port ${toString i.listenPort}"
        + optionalString (i.fwMark != null) " fwmark ${escapeShellArg i.fwMark}"
        + "\n${ip} link set up dev ${dev}\n"
        + i.postSetup;
      preStop = i.preShutdown;
      postStop = "${ip} link del dev ${dev}\n${i.postShutdown}";
    };

  keyUnit =
    name: i:
    lib.nameValuePair "wireguard-${name}-key" {
      description = "Private key of the WireGuard tunnel ${name}";
      wantedBy = [ "wireguard-${name}.service" ];
      requiredBy = [ "wireguard-${name}.service" ];
      before = [ "wireguard-${name}.service" ];
      path = [ pkgs.wireguard-tools ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = makeKey i.privateKeyFile;
    };

  refreshOf =
    i: peer:
    if peer.dynamicEndpointRefreshSeconds != 0 then
      peer.dynamicEndpointRefreshSeconds
    else
      i.dynamicEndpointRefreshSeconds;
  peerUnitName =
    name: i: peer:
    "wireguard-${name}-peer-${peer.name}${optionalString (refreshOf i peer != 0) "-refresh"}";
  isAddress = endpoint: builtins.match "[0-9.]+:[0-9]+|\\[[0-9a-fA-F:.%]+]:[0-9]+" endpoint != null;

  peerUnit =
    name: i: peer:
    let
      dev = escapeShellArg (linkName (option name [ ]) name);
      refresh = refreshOf i peer;
      inherit (peer) endpoint presharedKey presharedKeyFile;
      key = escapeShellArg peer.publicKey;
      wg = within (moved i) "wg";
      ip = within (moved i) "ip";
      online = optional (endpoint != null && !(isAddress endpoint)) "network-online.target";
      set =
        "${wg} set ${dev} peer ${key}"
        + optionalString (presharedKeyFile != null) (
          " preshared-key ${escapeShellArg presharedKeyFile}"
        )
        + optionalString (presharedKey != null) (
          " preshared-key <(printf '%s\\n' ${escapeShellArg presharedKey})"
        )
        + optionalString (endpoint != null) " endpoint ${escapeShellArg endpoint}"
        + optionalString (peer.persistentKeepalive != null) (
          " persistent-keepalive ${toString peer.persistentKeepalive}"
        )
        + optionalString (peer.allowedIPs != [ ]) (
          " allowed-ips ${escapeShellArg (lib.concatStringsSep "," peer.allowedIPs)}"
        );
      table = "table ${escapeShellArg i.table}";
      metric = optionalString (i.metric != null) " metric ${toString i.metric}";
      routes =
        verb: end:
        optionalString i.allowedIPsAsRoutes (
          lib.concatMapStrings (
            network: "${ip} route ${verb} ${escapeShellArg network} dev ${dev} ${table}${end}\n"
          ) peer.allowedIPs
        );
    in
    lib.nameValuePair (peerUnitName name i peer) {
      description = "Peer ${peer.name} of the WireGuard tunnel ${name}";
      requires = [ "wireguard-${name}.service" ];
      wants = online;
      after = [ "wireguard-${name}.service" ] ++ online;
      wantedBy = [ "wireguard-${name}.service" ];
      environment = {
        DEVICE = name;
        WG_ENDPOINT_RESOLUTION_RETRIES = "infinity";
      };
      path = [ pkgs.iproute2 pkgs.wireguard-tools ];
      serviceConfig =
        if refresh == 0 then
          {
            Type = "oneshot";
            RemainAfterExit = true;
          }
        else
          {
            Type = "simple";
            Restart = "always";
            RestartSec =
              if peer.dynamicEndpointRefreshRestartSeconds != null then
                peer.dynamicEndpointRefreshRestartSeconds
              else
                refresh;
          };
      unitConfig = lib.optionalAttrs (refresh != 0) { StartLimitIntervalSec = 0; };
      script =
        "${set}\n"
        + routes "replace" metric
        # The name of an endpoint may lead elsewhere later.
        + optionalString (refresh != 0) "while ${set}; do sleep ${toString refresh}; done\n";
      postStop = "${wg} set ${dev} peer ${key} remove\n" + routes "delete" metric;
    };

  target =
    name: i:
    lib.nameValuePair "wireguard-${name}" {
      description = "WireGuard tunnel ${name}";
      wantedBy = [ "multi-user.target" ];
      wants = [
        "wireguard-${name}.service"
      ] ++ map (p: "${peerUnitName name i p}.service") i.peers;
      after = [
        "wireguard-${name}.service"
      ] ++ map (p: "${peerUnitName name i p}.service") i.peers;
    };

  all = f: lib.concatLists (lib.mapAttrsToList f cfg.interfaces);
in
{
  options.networking.wireguard = {
    enable = mkOption {
      type = types.bool;
      default = cfg.interfaces != { };
      defaultText = lib.literalMD "whether there are interfaces";
      description =
        "Whether the interfaces of `networking.wireguard` are set up. The program wg is installed then, too.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = config.networking.useNetworkd && options.networking.useNetworkd.highestPrio < 1500;
      defaultText = lib.literalMD "whether `networking.useNetworkd` is set to true";
      description =
        "Whether systemd-networkd sets the interfaces up, instead of units with ip and wg. It cannot run commands.";
    };
    interfaces = mkOption {
      type = types.attrsOf interfaceType;
      default = { };
      example = {
        wg0 = {
          ips = [ "192.168.20.4/24" ];
          privateKeyFile = "/var/lib/wireguard/wg0.key";
          peers = [
            {
              publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
              allowedIPs = [ "192.168.20.1/32" ];
              endpoint = "demo.wireguard.io:12913";
            }
          ];
        };
      };
      description = "Interfaces of WireGuard, by name.";
    };
  };

  config = mkIf (cfg.enable && cfg.interfaces != { }) {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "networking.wireguard.interfaces";
        }) (lib.attrNames cfg.interfaces)
      )
      ++ lib.mapAttrsToList (name: i: {
        assertion = i.type == "wireguard";
        message =
          "${option name [ "type" ]} is \"${i.type}\", but Debian's kernel has WireGuard alone. Set it to \"wireguard\".";
      }) cfg.interfaces
      ++ lib.mapAttrsToList (name: i: {
        assertion = (i.privateKey != null) != (i.privateKeyFile != null);
        message =
          "${option name [ ]} needs one of privateKeyFile and privateKey, and not both. Set privateKeyFile, the path of a file in the "
          + "machine.";
      }) cfg.interfaces
      ++ lib.mapAttrsToList (name: i: {
        assertion = i.generatePrivateKeyFile -> i.privateKeyFile != null;
        message =
          "${option name [ "generatePrivateKeyFile" ]} needs privateKeyFile, the path at which the key is made. Set it.";
      }) cfg.interfaces
      ++ all (
        name: i:
        networkAssertions (option name [ "ips" ]) i.ips
        ++ networkAssertions (option name [ "peers" "*" "allowedIPs" ]) (
          lib.concatMap (peer: peer.allowedIPs) i.peers
        )
      )
      ++ lib.optionals (!cfg.useNetworkd) (
        all (
          name: i:
          lib.mapAttrsToList
            (unit: same: {
              assertion = false;
              message =
                "${
                  option name [ "peers" ]
                } has ${
                  toString (builtins.length same)
                } peers with the name ${builtins.toJSON (lib.head same).name}, of which only one would have a unit. "
                + (
                  if lib.all (peer: peer.publicKey == (lib.head same).publicKey) same then
                    "They have the same key: keep one of them."
                  else
                    "Change the names of the others."
                );
            })
            (lib.filterAttrs (_: same: builtins.length same > 1) (
              builtins.groupBy (peerUnitName name i) i.peers
            ))
        )
      )
      ++ all (
        name: i:
        map (peer: {
          assertion = peer.presharedKey == null || peer.presharedKeyFile == null;
          message =
            "${option name [ "peers" ]} has both presharedKey and presharedKeyFile of ${peer.publicKey}. Remove one of them.";
        }) i.peers
      )
      ++ lib.mapAttrsToList (name: i: {
        assertion = i.extraOptions == { };
        message =
          "${option name [ "extraOptions" ]} is not available: they are options of amneziawg, which Debian does not have. Remove them.";
      }) cfg.interfaces;

    environment.systemPackages = [ pkgs.wireguard-tools ];

    systemd.services = mkIf (!cfg.useNetworkd) (
      lib.mapAttrs' interfaceUnit interfaces
      // lib.mapAttrs' keyUnit (lib.filterAttrs (_: i: i.generatePrivateKeyFile) interfaces)
      // builtins.listToAttrs (
        lib.concatLists (lib.mapAttrsToList (name: i: map (peerUnit name i) i.peers) interfaces)
      )
    );
    systemd.targets = mkIf (!cfg.useNetworkd) (lib.mapAttrs' target interfaces);
  };
}
