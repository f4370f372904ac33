# The options of one container. `host' has the arguments of the machine's modules.
host@{ lib, ... }:
{
  config,
  name,
  options,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag orNullLike;
  lines = import ../../../lib/line-types.nix { inherit lib; };

  strings =
    example: description:
    mkOption {
      type = types.listOf lines.str;
      default = [ ];
      inherit description example;
    };

  port = {
    options = {
      protocol = mkOption {
        type = types.enum [ "tcp" "udp" ];
        default = "tcp";
        description = "The protocol.";
      };
      hostPort = mkOption {
        type = types.port;
        description = "The machine's port.";
      };
      containerPort = orNullLike types.port 80 "The container's port. If null, the same.";
    };
  };

  network = {
    hostBridge =
      orNullLike types.str "br0" "The bridge that the machine's end of the connection is put into.";
    hostAddress = orNullLike types.str "10.231.136.1" "The IPv4 address of the machine's end.";
    hostAddress6 = orNullLike types.str "fc00::1" "The IPv6 address of the machine's end.";
    localAddress = orNullLike types.str "10.231.136.2" (
      "The IPv4 address of the container's end. Without the length of a prefix it is connected to the machine alone."
    );
    localAddress6 = orNullLike types.str "fc00::2" "The IPv6 address of the container's end.";
    localMacAddress =
      orNullLike
        (types.strMatching "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")
        "de:b7:73:01:10:90"
        "The MAC address of the container's end.";
    forwardPorts = mkOption {
      type = types.listOf (types.submodule port);
      default = [ ];
      example = [
        {
          hostPort = 8080;
          containerPort = 80;
        }
      ];
      description =
        "Ports of the machine that lead to ports of the container, for others than the machine itself.";
    };
  };

  bindMount =
    { name, ... }:
    {
      options = {
        mountPoint = mkOption {
          type = lines.str;
          default = name;
          defaultText = lib.literalMD "the attribute's name";
          description = "The place in the container.";
        };
        hostPath =
          orNullLike
            lines.str
            "/home/alice"
            "The file or folder of the machine. If null, the same path.";
        isReadOnly = flag true "Whether the container may only read it.";
      };
    };

  system = lib.mkOptionType {
    name = "system";
    description = "configuration of a system";
    merge =
      _: definitions:
      (import ../../../lib/eval-config.nix {
        inherit lib;
        inherit (config) specialArgs;
        system = host.pkgs.stdenv.hostPlatform.system;
        source = host.config.nixpkgs.flake.source;
        prefix = [ "containers" name "config" ];
        modules =
          [
            {
              _file = ./options.nix;
              boot.isNspawnContainer = true;
              networking.hostName = lib.mkDefault name;
              networking.useDHCP = false;
              # The set is evaluated already; overlays of the container's add to it.
              nixpkgs.pkgs = lib.mkOverride 990 host.pkgs;
            }
          ]
          ++ map (definition: {
            _file = definition.file;
            imports = [ definition.value ];
          }) definitions;
      }).config;
  };
in
{
  options = {
    config = mkOption {
      type = system;
      description = "The container's system: a module, as of any system.";
    };
    path = mkOption {
      type = types.path;
      example = "/nix/var/nix/profiles/per-container/web";
      description = "A system of this distribution, instead of `config`.";
    };
    specialArgs = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      description = "Further arguments of the modules in `config`, which `imports` may use.";
    };
    nixpkgs =
      orNullLike
        types.path
        ./.
        "Not available: the container's system is of the machine's distribution.";
    flake =
      orNullLike
        types.str
        "github:owner/name"
        "Not available: a machine does not build its containers. Use `config`.";

    autoStart = flag false "Whether the container starts at boot.";
    restartIfChanged =
      flag true "Whether a switch to a new configuration restarts the container if it has changed.";
    ephemeral = flag false "Whether the container's files are lost when it stops.";
    timeoutStartSec = mkOption {
      type = types.str;
      default = "1min";
      description = "How long the container may take to start, as in systemd.time(7).";
    };

    privateNetwork = flag false (
      "Whether the container has a network of its own, whose interface eth0 is connected to ve-NAME of the machine. Otherwise it "
      + "shares the machine's network, and cannot change it."
    );
    networkNamespace =
      orNullLike types.path "/run/netns/vpn" "A network namespace that the container is put into.";
    interfaces = strings [ "eth1" ] "Interfaces of the machine that become the container's.";
    macvlans =
      strings
        [ "eth1" ]
        "Interfaces of the machine, on each of which the container has one of its own.";
    extraVeths = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = removeAttrs network [ "localMacAddress" ] // {
            forwardPorts = mkOption {
              type = types.listOf types.anything;
              default = [ ];
              description = "Not available: only ports of eth0 are forwarded.";
            };
          };
        }
      );
      default = { };
      description = "Further connections to the machine, by the names of their interfaces.";
    };
    copyResolvConf = flag true "Whether the container gets the machine's name servers.";

    bindMounts = mkOption {
      type = types.attrsOf (types.submodule bindMount);
      default = { };
      example = {
        "/home" = {
          hostPath = "/home/alice";
          isReadOnly = false;
        };
      };
      description =
        "Files and folders of the machine that the container has, by their places in it.";
    };
    tmpfs =
      strings
        [ "/var/tmp" ]
        "Folders of the container that are in memory, each with options after a colon.";
    allowedDevices = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            node = mkOption {
              type = lines.str;
              example = "/dev/net/tun";
              description = "The device.";
            };
            modifier = mkOption {
              type = types.strMatching "[rwm]+";
              example = "rw";
              description = "Whether it can be read (r), written (w) and made (m).";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          node = "/dev/net/tun";
          modifier = "rwm";
        }
      ];
      description = "Devices that the container may use.";
    };
    enableTun =
      flag false "Whether the container may make tunnels: it gets /dev/net/tun and CAP_NET_ADMIN.";
    additionalCapabilities = strings [
      "CAP_NET_ADMIN"
    ] "Capabilities that the container has in addition.";
    privateUsers = mkOption {
      type = types.either types.ints.u32 (types.enum [ "no" "identity" "pick" ]);
      default = "no";
      description =
        "Not available but for `no`: accounts of the container have the machine's numbers.";
    };
    extraFlags = strings [
      "--drop-capability=CAP_SYS_CHROOT"
    ] "Further options of systemd-nspawn(1).";
  } // network;

  config.path = lib.mkIf options.config.isDefined "${config.config.system.build.toplevel}";
}
