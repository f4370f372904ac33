# The machines of a test, as they were made up to NixOS 22.05: a list of modules for each.
{ pkgs, extraConfigurations ? [ ] }:
let
  inherit (pkgs) lib;
  hex = n: lib.optionalString (n < 16) "0" + lib.toHexString n;
in
{
  buildVirtualNetwork =
    nodes:
    lib.listToAttrs (
      lib.imap1 (
        number: name:
        lib.nameValuePair name (
          import ./eval-config.nix {
            inherit lib;
            inherit (pkgs) system;
            modules = [
              ../modules/virtualisation/qemu-vm.nix
              ../modules/testing/test-instrumentation.nix
              nodes.${name}
              (
                { config, ... }:
                {
                  networking.hostName = lib.mkDefault name;
                  virtualisation.qemu.options = lib.concatLists (
                    lib.imap1 (i: vlan: [
                      "-device virtio-net-pci,netdev=vlan${toString i},mac=52:54:00:12:${hex vlan}:${hex number}"
                      "-netdev vde,id=vlan${toString i},sock=$QEMU_VDE_SOCKET_${toString vlan}"
                    ]) config.virtualisation.vlans
                  );
                }
              )
            ] ++ extraConfigurations;
          }
        )
      ) (lib.attrNames nodes)
    );
}
