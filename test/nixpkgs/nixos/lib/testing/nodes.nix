# The machines: systems with the modules of virtual machines and of tests, and networks between them.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
  numbers = lib.listToAttrs (lib.imap1 (i: name: lib.nameValuePair name i) (lib.attrNames config.nodes));
  hex = n: lib.optionalString (n < 16) "0" + lib.toHexString n;

  network =
    { config, name, ... }:
    {
      options.virtualisation.test.nodeNumber = mkOption { type = types.int; default = numbers.${name}; };
      config.networking.hostName = lib.mkDefault name;
      config.virtualisation.qemu.options = lib.concatLists (
        lib.imap1 (i: vlan: [
          "-device virtio-net-pci,netdev=vlan${toString i},mac=52:54:00:12:${hex vlan}:${hex config.virtualisation.test.nodeNumber}"
          ''-netdev vde,id=vlan${toString i},sock="$QEMU_VDE_SOCKET_${toString vlan}"''
        ]) config.virtualisation.vlans
      );
    };

  node = lib.evalModules {
    class = "nixos";
    specialArgs.modulesPath = builtins.toString ../../modules;
    modules = import ../../modules/module-list.nix ++ [
      ../../modules/virtualisation/qemu-vm.nix
      ../../modules/testing/test-instrumentation.nix
      network
      { nixpkgs.hostPlatform = hostPkgs.system; }
      config.extraBaseModules
    ];
  };
in
{
  options = {
    nodes = mkOption { type = types.lazyAttrsOf node.type; default = { }; };
    extraBaseModules = mkOption { type = types.deferredModule; default = { }; };
  };
  config.passthru.nodes = config.nodes;
}
