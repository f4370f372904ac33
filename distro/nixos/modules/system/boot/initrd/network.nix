# A network in the initrd: systemd-networkd with the configuration of the system's interfaces, or with one of its own.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.initrd.network;
  networkd = config.boot.initrd.systemd.network;
  files = import ../../../../lib/networkd.nix { inherit lib; };
  waitOnline = import ../../../../lib/wait-online.nix { inherit lib; };

  tables = files.routeTablesText "boot.initrd.systemd.network.config" networkd.config;
  confText = files.configText "boot.initrd.systemd.network.config" networkd.config;

  problems =
    lib.concatMap (
      kind: files.problems kind "boot.initrd.systemd.network.${kind}s" networkd."${kind}s"
    ) [ "network" "netdev" "link" ]
    ++ files.configProblems "boot.initrd.systemd.network.config" networkd.config;

  contentsOf =
    kind:
    lib.mapAttrs' (name: text: lib.nameValuePair "/etc/systemd/network/${name}" { inherit text; }) (
      files.filesText kind "boot.initrd.systemd.network.${kind}s" networkd."${kind}s"
    );
in
{
  imports = [
    (import ../../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "boot" "initrd" "network" "postCommands" ];
        type = types.lines;
        default = "";
        refused = true;
        why =
          "the initrd with a network has systemd. Make a service of it: boot.initrd.systemd.services, with "
          + "`after = [ \"network-online.target\" ]'";
      }
      {
        path = [ "boot" "initrd" "network" "flushBeforeStage2" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the system's systemd-networkd takes the interfaces over as they are";
      }
      {
        path = [ "boot" "initrd" "network" "udhcpc" "extraArgs" ];
        type = types.listOf types.str;
        default = [ ];
        refused = true;
        why =
          "systemd-networkd asks for addresses. Use boot.initrd.systemd.network.networks.<name>.dhcpV4Config";
      }
    ])
  ];

  options.boot.initrd = {
    network.enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the initrd has a network: the interfaces are configured as in `networking`, or as `ip=` on the kernel's command line says "
        + "(see systemd-network-generator.service(8)).";
    };
    systemd.network = {
      enable = mkOption {
        type = types.bool;
        default = cfg.enable;
        defaultText = lib.literalExpression "config.boot.initrd.network.enable";
        description =
          "Whether the initrd has systemd-networkd. Without `boot.initrd.network.enable` it is configured by the options here alone.";
      };
      config = files.configOption;
      networks =
        files.filesOf "network" "Network files of the initrd, by name. See systemd.network(5).";
      netdevs =
        files.filesOf
          "netdev"
          "Virtual network devices of the initrd, by the name of their file. See systemd.netdev(5).";
      links = files.filesOf "link" "Link files of the initrd, by name. See systemd.link(5).";
      wait-online = waitOnline.options // {
        enable = mkOption {
          type = types.bool;
          default = true;
          description =
            "Whether network-online.target of the initrd waits until the network is configured.";
        };
      };
    };
  };

  config = lib.mkMerge [
    {
      boot.initrd.needsSystemd =
        lib.optional cfg.enable "boot.initrd.network.enable"
        ++ lib.optional (networkd.enable && !cfg.enable) "boot.initrd.systemd.network.enable";
    }
    (lib.mkIf cfg.enable {
      boot.initrd.systemd.network = lib.mkMerge (config.networking.networkdFiles ++ [
        { wait-online.enable = lib.mkDefault false; }
      ]);
    })
    (lib.mkIf (config.boot.initrd.systemd.enable && networkd.enable) {
      assertions = map (message: {
        assertion = false;
        inherit message;
      }) problems;
      boot.initrd.kernelModules = [ "af_packet" ];
      boot.initrd.availableKernelModules = [ "virtio_net" ];
      boot.initrd.systemd = {
        users.systemd-network = {
          uid = config.ids.uids.systemd-network;
          group = "systemd-network";
        };
        groups.systemd-network.gid = config.ids.gids.systemd-network;
        packages = [ "iproute2" ];
        files =
          [
            "usr/bin/networkctl"
            "usr/bin/ip"
            "usr/lib/systemd/systemd-network-generator"
            "usr/lib/systemd/systemd-networkd"
            "usr/lib/systemd/systemd-networkd-wait-online"
            "usr/lib/udev/rules.d/75-net-description.rules"
            "usr/lib/udev/rules.d/80-net-setup-link.rules"
          ]
          ++ map (n: "usr/lib/systemd/system/${n}") [
            "systemd-network-generator.service"
            "systemd-networkd-wait-online.service"
            "systemd-networkd.service"
            "systemd-networkd.socket"
          ];
        optionalFiles = [ "usr/lib/systemd/network/99-default.link" ];
        contents =
          contentsOf "network"
          // contentsOf "netdev"
          // contentsOf "link"
          // lib.optionalAttrs (confText != "") { "/etc/systemd/networkd.conf".text = confText; }
          // lib.optionalAttrs (tables != "") {
            "/etc/iproute2/rt_tables.d/nixos.conf".text = tables;
          };
        services = {
          systemd-networkd = {
            overrideStrategy = "asDropin";
            wantedBy = [ "initrd.target" ];
          };
          systemd-network-generator = {
            overrideStrategy = "asDropin";
            wantedBy = [ "sysinit.target" ];
          };
          systemd-networkd-wait-online =
            waitOnline.dropIn "boot.initrd.systemd.network.wait-online" networkd.wait-online
            // {
              wantedBy = lib.optional networkd.wait-online.enable "network-online.target";
            };
        };
      };
    })
  ];
}
