# networking.wg-quick: tunnels of WireGuard from files that wg-quick(8) reads.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) escapeShellArg mkIf mkOption optionalString types;
  cfg = config.networking.wg-quick;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNullLike;
  inherit (import ./wireguard-types.nix { inherit lib; })
    commands
    interfaceType
    linkName
    makeKey
    networkAssertions
    peerOptions
    ;
  shared = interfaceType.getSubOptions [ ];

  option = name: path: lib.showOption ([ "networking" "wg-quick" "interfaces" name ] ++ path);
  line =
    name: path: key: value:
    "${key} = ${
      text.line {
        option = option name path;
        file = "the file of wg-quick";
      } (toString value)
    }\n";
  set = name: path: key: value: optionalString (value != null) (line name path key value);

  # wg-quick gives a command to a shell as it is, so commands are scripts.
  hook =
    name: key: commands:
    optionalString (commands != "") (
      "${key} = ${pkgs.writeShellScript "wg-quick-${name}-${key}" "set -e\n${commands}"}\n"
    );

  # Keys are set by commands: the file is in the store.
  keys =
    name: i:
    optionalString (i.privateKeyFile != null) (
      "wg set ${name} private-key ${escapeShellArg i.privateKeyFile}\n"
    )
    + lib.concatMapStrings (
      p:
      optionalString (p.presharedKeyFile != null) (
        "wg set ${name} peer ${escapeShellArg p.publicKey} preshared-key ${escapeShellArg p.presharedKeyFile}\n"
      )
    ) i.peers;

  peer =
    name: p:
    let
      path = key: [ "peers" "*" key ];
    in
    "\n[Peer]\n"
    + line name (path "publicKey") "PublicKey" p.publicKey
    + set name (path "presharedKey") "PresharedKey" p.presharedKey
    + set name (path "endpoint") "Endpoint" p.endpoint
    + set name (path "persistentKeepalive") "PersistentKeepalive" p.persistentKeepalive
    + optionalString (p.allowedIPs != [ ]) (
      line name (path "allowedIPs") "AllowedIPs" (lib.concatStringsSep ", " p.allowedIPs)
    );

  content =
    name: i:
    "[Interface]\n"
    + lib.concatMapStrings (line name [ "address" ] "Address") i.address
    + lib.concatMapStrings (line name [ "dns" ] "DNS") i.dns
    + set name [ "table" ] "Table" i.table
    + set name [ "mtu" ] "MTU" i.mtu
    + set name [ "privateKey" ] "PrivateKey" i.privateKey
    + set name [ "listenPort" ] "ListenPort" i.listenPort
    + hook name "PreUp" (
      optionalString i.generatePrivateKeyFile (makeKey i.privateKeyFile) + i.preUp
    )
    + hook name "PostUp" (keys name i + i.postUp)
    + hook name "PreDown" i.preDown
    + hook name "PostDown" i.postDown
    + lib.concatMapStrings (peer name) i.peers;

  # The name of the file is the interface's.
  unit =
    name: i:
    let
      dev = linkName (option name [ ]) name;
      path =
        if i.configFile != null then
          "/run/wg-quick-${dev}/${dev}.conf"
        else
          "${pkgs.writeTextDir "${dev}.conf" (content dev i)}/${dev}.conf";
    in
    lib.nameValuePair "wg-quick-${dev}" {
      description = "WireGuard tunnel ${dev} (wg-quick)";
      wants = [ "network-online.target" ];
      after = [ "network.target" "network-online.target" ];
      wantedBy = lib.optional i.autostart "multi-user.target";
      environment.DEVICE = dev;
      path = [ pkgs.iproute2 pkgs.kmod pkgs.nftables pkgs.wireguard-tools ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        RuntimeDirectory = mkIf (i.configFile != null) "wg-quick-${dev}";
        RuntimeDirectoryMode = mkIf (i.configFile != null) "0700";
      };
      script =
        optionalString (i.configFile != null) (
          "install -m 0600 ${escapeShellArg i.configFile} ${path}\n"
        )
        + "modprobe wireguard || true\nwg-quick up ${path}\n";
      preStop = "wg-quick down ${path}";
    };
in
{
  options.networking.wg-quick.interfaces = mkOption {
    type = types.attrsOf (
      types.submodule {
        options = {
          inherit (shared) type privateKey generatePrivateKeyFile listenPort extraOptions;
          privateKeyFile =
            orNullLike
              lineTypes.machineFile
              "/var/lib/wireguard/key"
              "The file of the machine with the private key (`wg genkey`).";
          configFile =
            orNullLike
              lineTypes.machineFile
              "/var/lib/wireguard/wg0.conf"
              "A file of the machine for wg-quick, which has everything; the other options do not count then.";
          address = mkOption {
            type = types.listOf types.str;
            default = [ ];
            example = [ "192.168.2.1/24" ];
            description = "The addresses of the interface.";
          };
          autostart = mkOption {
            type = types.bool;
            default = true;
            description = "Whether the tunnel is set up when the machine starts.";
          };
          dns = mkOption {
            type = types.listOf types.str;
            default = [ ];
            example = [ "192.168.2.2" ];
            description = "DNS servers that are asked while the tunnel is up, and search domains.";
          };
          preUp = commands "before the tunnel is set up";
          postUp = commands "after the tunnel is set up";
          preDown = commands "before the tunnel is removed";
          postDown = commands "after the tunnel is removed";
          table =
            orNullLike
              types.str
              "main"
              "The routing table that gets the routes, `off` for none; null for the one that wg-quick chooses.";
          mtu =
            orNullLike
              types.int
              1248
              "The size of the largest packet, in bytes; null for what the route has.";
          peers = mkOption {
            type = types.listOf (types.submodule { options = peerOptions; });
            default = [ ];
            description = "The peers.";
          };
        };
      }
    );
    default = { };
    example = {
      wg0 = {
        address = [ "192.168.20.4/24" ];
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
    description = "Tunnels of WireGuard that wg-quick sets up, by the names of their interfaces.";
  };

  config = mkIf (cfg.interfaces != { }) {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "networking.wg-quick.interfaces";
        }) (lib.attrNames cfg.interfaces)
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: i:
          networkAssertions (option name [ "address" ]) i.address
          ++ networkAssertions (option name [ "peers" "*" "allowedIPs" ]) (
            lib.concatMap (peer: peer.allowedIPs) i.peers
          )
          ++ [
            {
              assertion = i.type == "wireguard" && i.extraOptions == { };
              message =
                "${option name [ ]} has options of amneziawg, but Debian's kernel has WireGuard alone. Remove type and extraOptions.";
            }
            {
              assertion =
                i.configFile != null || (i.privateKey != null) != (i.privateKeyFile != null);
              message =
                "${option name [ ]} needs one of privateKeyFile, privateKey and configFile. Set privateKeyFile, the path of a file in the "
                + "machine.";
            }
            {
              assertion = i.generatePrivateKeyFile -> i.privateKeyFile != null;
              message =
                "${option name [ "generatePrivateKeyFile" ]} needs privateKeyFile, the path at which the key is made. Set it.";
            }
            {
              assertion = lib.all (p: p.presharedKey == null || p.presharedKeyFile == null) i.peers;
              message =
                "${option name [ "peers" ]} has a peer with both presharedKey and presharedKeyFile. Remove one of them.";
            }
            {
              # resolvectl is resolved's resolvconf.
              assertion = i.dns == [ ] || config.services.resolved.enable;
              message =
                "${option name [ "dns" ]} needs services.resolved.enable, through which wg-quick sets DNS servers. Set it.";
            }
          ]
        ) cfg.interfaces
      );
    environment.systemPackages = [ pkgs.wireguard-tools ];
    systemd.services = lib.mapAttrs' unit cfg.interfaces;
    # wg-quick's rules for routing are not networkd's to remove.
    systemd.network.config.networkConfig.ManageForeignRoutingPolicyRules = lib.mkDefault false;
  };
}
