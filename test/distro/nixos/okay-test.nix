let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  inherit (pkgs) testers nixosTest;

  networks = testers.runNixOSTest {
    name = "two networks";
    defaults.networking.domain = "example.org";
    nodes = {
      router = {
        virtualisation.vlans = [ 1 200 ];
        virtualisation.emptyDiskImages = [ 64 { size = 8; driveConfig.deviceExtraOpts.serial = "data"; } ];
        virtualisation.forwardPorts = [ { from = "host"; host.port = 8080; guest.port = 80; } ];
        virtualisation.qemu.options = [ "-device usb-ehci" ];
      };
      client = { nodes, ... }: {
        environment.etc.router.text = nodes.router.networking.primaryIPAddress;
        networking.interfaces.eth1.ipv4.addresses = [ { address = "10.0.0.9"; prefixLength = 8; } ];
      };
      alone = { virtualisation.vlans = [ ]; };
      named = { virtualisation.interfaces.lan = { vlan = 7; assignIP = true; }; networking.hostName = "other"; };
    };
    testScript = { nodes, ... }: ''
      client.succeed("ping ${nodes.router.networking.hostName} ${toString nodes.client.config.virtualisation.memorySize}")
    '';
    skipLint = true;
    skipTypeCheck = true;
    interactive.nodes.client.virtualisation.memorySize = 2048;
    meta.maintainers = [ ];
    passthru.own = "attribute";
  };
  inherit (networks) nodes config;

  hardware = (testers.runNixOSTest {
    name = "hardware";
    nodes.loader = {
      virtualisation = { useEFIBoot = true; useBootLoader = true; restrictNetwork = true; };
    };
    nodes.devices = {
      virtualisation = {
        useEFIBoot = true;
        tpm.enable = true;
        resolution = { x = 1024; y = 768; };
        sharedDirectories.src = { source = "/home/tarn/src"; target = "/mnt/src"; readOnly = true; };
      };
    };
    testScript = "";
  });

  old = nixosTest ({ pkgs, lib, ... }: {
    name = "old";
    machine = { virtualisation.cores = lib.mkForce 2; };
    testScript = "machine.start()";
  });
in
{
  inherit (networks) name own;
  script = config.testScriptString;
  descriptions = lib.mapAttrs (_: d: removeAttrs d [ "image" "kernel" ]) config.node.descriptions;
  hardware = lib.mapAttrs (_: d: removeAttrs d [ "image" "kernel" "networks" ]) hardware.config.node.descriptions;
  hardwareAssertions = lib.concatMap (n: lib.filter (a: !a.assertion) n.assertions) (lib.attrValues hardware.nodes);
  hardwareMounts = lib.attrNames hardware.nodes.devices.fileSystems;
  hardwareImages = lib.mapAttrs (_: n: n.system.build.testImage.partitionTableType) hardware.nodes;
  hosts = nodes.client.networking.extraHosts;
  etc = nodes.client.environment.etc.router.text;
  hostNames = lib.mapAttrs (_: n: n.networking.hostName) nodes;
  files = lib.filterAttrs (name: _: lib.hasPrefix "systemd/network/" name) (lib.mapAttrs (_: f: f.text) nodes.router.environment.etc);
  link = nodes.named.environment.etc."systemd/network/10-lan.link".text;
  clientAddresses = map (a: a.address) nodes.client.networking.interfaces.eth1.ipv4.addresses;
  usesNoLease = nodes.router.networking.usePredictableInterfaceNames;
  oldNodes = lib.mapAttrs (_: n: n.virtualisation.cores) old.nodes;
  extended = (networks.extend { modules = [ { nodes.more = { }; } ]; }).nodes.router.networking.primaryIPAddress;
}
