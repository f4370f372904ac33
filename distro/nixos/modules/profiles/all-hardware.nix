# Drivers for the disks and keyboards of most machines in the initrd.
{ lib, ... }:

{
  boot.initrd.availableKernelModules = [
    # Disks.
    "ahci"
    "ata_piix"
    "sata_nv"
    "sata_sil"
    "sata_sil24"
    "sata_svw"
    "sata_via"
    "pata_amd"
    "pata_jmicron"
    "pata_marvell"
    "pata_via"
    "nvme"
    "vmd"
    "sd_mod"
    "sr_mod"
    # Controllers of several disks.
    "3w-9xxx"
    "aacraid"
    "aic79xx"
    "arcmsr"
    "hpsa"
    "megaraid_sas"
    "mpi3mr"
    "mpt3sas"
    "smartpqi"
    # USB, cards, keyboards.
    "uas"
    "usb_storage"
    "xhci_pci"
    "ehci_pci"
    "ohci_pci"
    "uhci_hcd"
    "usbhid"
    "hid_generic"
    "mmc_block"
    "sdhci_pci"
    # Guests of virtual machines.
    "virtio_net"
    "virtio_pci"
    "virtio_blk"
    "virtio_scsi"
    "vmw_pvscsi"
    "vmxnet3"
    "hv_storvsc"
    "xen_blkfront"
  ];
  hardware.enableRedistributableFirmware = lib.mkDefault true;
}
