# For machines that run under qemu: the drivers that find the root disk, a source of randomness, and a console that
# knows how large it is.
{ lib, ... }:

{
  boot.initrd.availableKernelModules = [
    "virtio_net"
    "virtio_pci"
    "virtio_mmio"
    "virtio_blk"
    "virtio_scsi"
    "9p"
    "9pnet_virtio"
  ];
  boot.initrd.kernelModules = [
    "virtio_balloon"
    "virtio_console"
    "virtio_rng"
  ];

  # The host decides when the machine sleeps: a guest that puts itself to sleep no longer reacts to its console and its network, and
  # has no button that would wake it.
  systemd.targets =
    lib.genAttrs [ "sleep" "suspend" "hibernate" "hybrid-sleep" "suspend-then-hibernate" ] (_: {
      enable = lib.mkDefault false;
    });

  # A serial line does not tell the size of the terminal at its other end. `bootflake run` tells it whenever it
  # changes, as a line "ROWS COLUMNS" from a port of its own; a machine without that port starts nothing.
  services.udev.extraRules = ''
    SUBSYSTEM=="virtio-ports", ATTR{name}=="bootflake.console.size", TAG+="systemd", ENV{SYSTEMD_WANTS}="console-size.service"
  '';
  systemd.services.console-size = {
    description = "Size of the Serial Console's Terminal";
    bindsTo = [ "dev-virtio\\x2dports-bootflake.console.size.device" ];
    after = [ "dev-virtio\\x2dports-bootflake.console.size.device" "getty.target" ];
    serviceConfig = {
      StandardInput = "file:/dev/virtio-ports/bootflake.console.size";
      ExecStart =
        "/bin/sh -c 'while read -r rows columns; do stty -F /dev/ttyS0 rows \"$$rows\" columns \"$$columns\"; done'";
    };
  };
}
