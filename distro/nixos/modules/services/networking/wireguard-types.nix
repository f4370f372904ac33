# The options of interfaces of WireGuard and of their peers, and checks of their values.
{ lib }:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNullLike;
  inherit (import ../../../lib/set-types.nix { inherit lib; }) checkedListOf;
  inherit (import ../../../lib/line-types.nix { inherit lib; }) secretLine;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  addresses = import ../../../lib/addresses.nix { inherit lib; };

  commands =
    when:
    mkOption {
      type = types.coercedTo (checkedListOf types.str) (lib.concatStringsSep "\n") types.lines;
      default = "";
      description = "Commands of a shell that are run as root ${when}.";
    };

  peerOptions = {
    publicKey = mkOption {
      type = types.singleLineStr;
      example = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
      description = "The peer's public key, in base64.";
    };
    presharedKey = orNullLike secretLine "rVXs/Ni9tu3oDBLS4hOyAUAa1qTWVA3loR8eL20os3I=" (
      "A key that both share (`wg genpsk`). It is in the store, which everybody can read: use `presharedKeyFile`."
    );
    presharedKeyFile =
      orNullLike
        lineTypes.machineFile
        "/var/lib/wireguard/psk"
        "The file of the machine with a key that both share.";
    allowedIPs = mkOption {
      type = types.listOf types.str;
      example = [ "10.192.122.3/32" "10.192.124.0/24" ];
      description = "Networks that the peer may send from, and for which packets go to it.";
    };
    endpoint =
      orNullLike
        types.str
        "demo.wireguard.io:12913"
        "The peer's address or host name, and its port; null if the peer connects first.";
    persistentKeepalive =
      orNullLike
        types.int
        25
        "After how many seconds of silence a packet is sent, so that firewalls between know the connection.";
  };
in
{
  inherit commands peerOptions;

  /* Shell code that makes a private key, once. Its file is never there with other permissions. */
  makeKey = path: ''
    file=${lib.escapeShellArg path}
    mkdir -p --mode 0755 "$(dirname "$file")"
    if ! [ -f "$file" ]; then
      (umask 077 && wg genkey > "$file.new")
      mv "$file.new" "$file"
    fi
  '';

  /* A name of an interface that the kernel accepts, from the option `option`. */
  linkName =
    option:
    text.restrict
      "[a-zA-Z0-9_=+.-]{1,15}"
      "anything but letters, digits and `_=+.-', or more than 15 of them, in an interface's name"
      {
        inherit option;
        file = "the names of units";
      };

  /* Assertions about addresses, of which each value may have several, separated by commas; `option` is that with the values. */
  networkAssertions =
    option: values:
    map
      (message: {
        assertion = false;
        inherit message;
      })
      (lib.concatMap (
        value:
        lib.concatMap (addresses.networkProblem { } option) (
          builtins.filter (part: part != "") (
            lib.splitString "," (builtins.replaceStrings [ " " ] [ "" ] value)
          )
        )
      ) values);

  word =
    option:
    text.word {
      inherit option;
      file = "the configuration of WireGuard";
    };

  interfaceType = types.submodule {
    options = {
      type = mkOption {
        type = types.enum [ "wireguard" "amneziawg" ];
        default = "wireguard";
        description = "The kind of the interface. Debian has `wireguard` alone.";
      };
      ips = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "192.168.2.1/24" ];
        description = "The addresses of the interface.";
      };
      privateKey = orNullLike secretLine "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=" (
        "The private key, in base64. It is in the store, which everybody can read: use `privateKeyFile`."
      );
      generatePrivateKeyFile = mkOption {
        type = types.bool;
        default = false;
        description = "Whether `privateKeyFile` is made, where it is not there.";
      };
      privateKeyFile =
        orNullLike
          lineTypes.machineFile
          "/var/lib/wireguard/key"
          "The file of the machine with the private key (`wg genkey`).";
      listenPort = orNullLike types.port 51820 "The port of UDP; null for any.";
      preSetup = commands "before the interface is set up";
      postSetup = commands "after the interface is set up";
      preShutdown = commands "before the interface is removed";
      postShutdown = commands "after the interface is removed";
      table = mkOption {
        type = types.str;
        default = "main";
        description = "The routing table, by name or number, that gets the routes.";
      };
      peers = mkOption {
        type = types.listOf (
          types.submodule (
            { config, ... }:
            {
              options = peerOptions // {
                name = mkOption {
                  type = types.strMatching "[a-zA-Z0-9:_.\\-]+";
                  # As systemd-escape has it.
                  default = builtins.replaceStrings [ "/" "-" " " "+" "=" ] [
                    "-"
                    "\\x2d"
                    "\\x20"
                    "\\x2b"
                    "\\x3d"
                  ] config.publicKey;
                  defaultText = lib.literalMD "the public key, escaped";
                  example = "bernd";
                  description = "The peer's name in the name of its unit.";
                };
                dynamicEndpointRefreshSeconds = mkOption {
                  type = types.int;
                  default = 0;
                  example = 300;
                  description =
                    "After how many seconds the endpoint's name is resolved again, every time; 0 for never.";
                };
                dynamicEndpointRefreshRestartSeconds =
                  orNullLike
                    types.ints.unsigned
                    5
                    "After how many seconds that is tried again if it failed; null for as many as `dynamicEndpointRefreshSeconds`.";
              };
            }
          )
        );
        default = [ ];
        description = "The peers.";
      };
      dynamicEndpointRefreshSeconds = mkOption {
        type = types.int;
        default = 0;
        example = 300;
        description = "The same option of all peers that do not set it.";
      };
      allowedIPsAsRoutes = mkOption {
        type = types.bool;
        default = true;
        description = "Whether there are routes to the peers' `allowedIPs`.";
      };
      socketNamespace =
        orNullLike
          types.str
          "container"
          "The network namespace in which the interface is made and from which its packets are sent; null for the machine's.";
      interfaceNamespace =
        orNullLike
          types.str
          "init"
          "The network namespace to which the interface is moved; `init` is the machine's.";
      fwMark = orNullLike types.str "0x6e6978" "The mark that its packets have for the firewall.";
      mtu = orNullLike types.int 1280 "The size of the largest packet, in bytes.";
      metric =
        orNullLike types.int 700 "The metric of the routes: of several, the smallest counts.";
      extraOptions = mkOption {
        type = types.attrsOf (types.either types.str types.int);
        default = { };
        description = "Not available: options of amneziawg.";
      };
    };
  };
}
