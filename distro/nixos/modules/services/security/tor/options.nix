# The options of Tor.
{ lib, pkgs, ... }:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.str ]);
  value = types.either atom (types.attrsOf (types.either atom (types.listOf types.str)));
  settings = types.attrsOf (types.either value (types.listOf value));

  onionType = types.submodule {
    options = {
      path =
        orNull types.path "The folder of its keys and name; null for one in /var/lib/tor/onion.";
      secretKey =
        orNull
          lineTypes.machineFile
          "The file of the machine with its secret key; null to make one.";
      authorizedClients = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "descriptor:x25519:TGLUNGIXOPL..." ];
        description = "The public keys of clients; anybody may connect if there are none.";
      };
      map = mkOption {
        type = types.listOf (
          types.either types.port (
            types.submodule {
              options = {
                port = mkOption {
                  type = types.port;
                  description = "The port of the onion service.";
                };
                target = mkOption {
                  type = types.nullOr (
                    types.submodule {
                      options = {
                        unix = orNull types.path "A socket.";
                        addr = orNull types.str "An address.";
                        port = orNull types.port "A port.";
                      };
                    }
                  );
                  default = null;
                  description = "Where connections go; null for the same port of this machine.";
                };
              };
            }
          )
        );
        default = [ ];
        example = [ 80 ];
        description = "The ports of the service.";
      };
      version = mkOption {
        type = types.nullOr (types.enum [ 3 ]);
        default = 3;
        description = "The version of the protocol.";
      };
      settings = mkOption {
        type = settings;
        default = { };
        description = "Further settings of the service, as in tor(1).";
      };
    };
  };
in
{
  options.services.tor = {
    enable =
      lib.mkEnableOption
        "Tor. Without `client.enable`, `relay.enable` and onion services it does nothing";
    package = lib.mkPackageOption pkgs "tor" { };
    openFirewall = lib.mkEnableOption "the ports of the relay in the firewall";
    enableGeoIP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether it knows the countries of addresses.";
    };
    controlSocket.enable =
      lib.mkEnableOption "the socket /run/tor/control, through which programs control Tor";
    client = {
      enable =
        lib.mkEnableOption "the proxy of SOCKS, through which programs of this machine use Tor";
      socksListenAddress = mkOption {
        type = value;
        default = {
          addr = "127.0.0.1";
          port = 9050;
          IsolateDestAddr = true;
        };
        description = "The address and the port of the proxy, and its flags.";
      };
      dns.enable = lib.mkEnableOption "a DNS server at 127.0.0.1:9053 that asks through Tor";
      transparentProxy.enable =
        lib.mkEnableOption "a port, 127.0.0.1:9040, to which a firewall can lead connections";
      onionServices = mkOption {
        type = types.attrsOf (
          types.submodule {
            options.clientAuthorizations = mkOption {
              type = types.listOf types.path;
              default = [ ];
              description =
                "Files of the machine with the keys, as lines of *.auth_private in tor(1).";
            };
          }
        );
        default = { };
        description = "Onion services of others that want a key, by their names.";
      };
    };
    relay = {
      enable = lib.mkEnableOption "a relay, which passes on what others send";
      role = mkOption {
        type = types.enum [ "exit" "relay" "bridge" "private-bridge" ];
        default = "relay";
        description =
          "Whether it connects to hosts outside of Tor, and whether it is in the public list.";
      };
      onionServices = mkOption {
        type = types.attrsOf onionType;
        default = { };
        example = {
          ssh.map = [ 22 ];
        };
        description =
          "Services of this machine that others reach by Tor. The name is in the file `hostname` of its folder.";
      };
    };
    settings = mkOption {
      type = settings;
      default = { };
      example = {
        ORPort = 9001;
        Nickname = "example";
      };
      description = "Settings of tor(1). A list is several lines.";
    };
    torsocks = {
      enable = lib.mkEnableOption "the program torsocks, which makes others use Tor";
      server = mkOption {
        type = types.str;
        default = "127.0.0.1:9050";
        description = "The proxy.";
      };
      onionAddrRange = mkOption {
        type = types.str;
        default = "127.42.42.0/24";
        description = "The addresses that stand for names of onion services.";
      };
      socks5Username = orNull types.str "The name for the proxy.";
      socks5Password =
        orNull types.str "The password for the proxy, which everybody on the machine can read.";
      allowInbound = mkOption {
        type = types.bool;
        default = false;
        description = "Whether programs may wait for connections.";
      };
    };
  };
}
