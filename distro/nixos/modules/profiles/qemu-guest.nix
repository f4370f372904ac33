# For guests of QEMU: the drivers of the root disk, a source of randomness, and a console that knows the size of its terminal.
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

  # A guest must not suspend itself: it would no longer react to its console and network, and has no button to wake it.
  systemd.targets =
    lib.genAttrs [ "sleep" "suspend" "hibernate" "hybrid-sleep" "suspend-then-hibernate" ] (_: {
      enable = lib.mkDefault false;
    });

  # A serial line does not transmit the size of the terminal at its other end. `bootflake run` sends it whenever it changes, as a line
  # "ROWS COLUMNS" over a separate port. Without that port, nothing is started.
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
