# For machines that run under qemu: the drivers that find the root disk, and a source of randomness.
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
  systemd.targets = lib.genAttrs [ "sleep" "suspend" "hibernate" "hybrid-sleep" "suspend-then-hibernate" ] (_: {
    enable = lib.mkDefault false;
  });
}
