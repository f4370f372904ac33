# A guest of Oracle Cloud Infrastructure.
{ lib, ... }:

{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/qemu-guest.nix
    (import ../../lib/cloud-guest.nix [ "Oracle" ])
    (import ../../lib/efi-option.nix [ "oci" "efi" ] true)
  ];

  config = {
    boot.kernelParams = [
      "nvme.shutdown_timeout=10"
      "nvme_core.shutdown_timeout=10"
      "libiscsi.debug_libiscsi_eh=1"
      "crash_kexec_post_notifiers"
      # https://docs.oracle.com/en-us/iaas/Content/Compute/References/serialconsole.htm
      "console=tty1"
      "console=ttyS0,115200n8"
    ];
    boot.initrd.availableKernelModules = [ "nvme" ];
    # https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/configuringntpservice.htm
    networking.timeServers = [ "169.254.169.254" ];
  };
}
